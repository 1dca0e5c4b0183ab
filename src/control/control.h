/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: one JSON object in one line as a request, one as the answer, then the
 * connection ends. The file's mode (0600) decides who may ask.
 *
 *   {"command": "status"}
 *   {"command": "reload"}                     read the configuration again
 *   {"command": "drain", "wait_ms": 30000}    send partners elsewhere, then end; a line when
 * something has changed
 *   {"command": "expect", "token": "..."}     a probe will come with this stream id;
 *                                             with "domain", a made-up one below "invalid", and
 *                                             "authority", its server on a loopback address, it may
 *                                             prove that domain by dialback
 *   {"command": "seen", "token": "..."}       did it, on which listener?
 *   {"command": "login", "domain": "...", "address": "198.51.100.1:5270", "service": "direct-tls",
 *    "token": "..."}                          log in there as a partner would, with this id in the
 * stream header, and say how it went
 *   {"command": "status", "partner": "..."}   all about one partner
 *   {"command": "close", "partner": "..."}    its streams, in order
 *   {"command": "probe", "partner": "...", "home": "..."}   an attempt at it, now: a line for each
 * step
 *   {"command": "trace", "partner": "..."}    what its streams say and hear, a line each
 *
 * Every answer has "ok"; false comes with "error". The lines before that of an answer of many have
 * none.
 */
#ifndef GP_APP_CONTROL_H
#define GP_APP_CONTROL_H

#include "base/log.h"
#include "base/loop.h"
#include "json.h"

/* The server's side. */

struct app_control;
struct app_call; /* one request that waits for its answer */

/* Answer with app_call_answer() or app_call_refuse(), now or later; exactly once. request is
 * borrowed for the call. */
typedef void app_control_fn(void *arg, struct app_call *call, const struct app_json *request);

/* Listens at path. log is borrowed. Errors: as gp_io_listen_unix(). */
GP_MUST_USE enum gp_code app_control_create(struct gp_loop *loop, struct gp_log *log,
                                            const char *path, app_control_fn *fn, void *arg,
                                            struct app_control **ret, struct gp_err *err);

/* Removes the socket. Calls that wait for an answer must still be answered, to nobody. NULL is
 * fine. */
void app_control_destroy(struct app_control *control);

/* Takes the writer. The client may be gone already. */
void app_call_answer(struct app_call *call, struct app_json_writer *writer);
void app_call_refuse(struct app_call *call, const char *error);

/*
 * An answer of many lines, for as long as the client stays: app_call_open(), then app_call_line()
 * as often as there is something to tell, at last app_call_answer() or app_call_refuse(). When the
 * client leaves first, gone is called instead, and the call is no more.
 */
typedef void app_call_gone_fn(void *arg);

/* False: the client has left already, and the call is no more. */
GP_MUST_USE bool app_call_open(struct app_call *call, app_call_gone_fn *gone, void *arg);

/* Takes the writer. False when the line was left out: the client does not read what waits. */
bool app_call_line(struct app_call *call, struct app_json_writer *writer);

/* The client's side. */

struct app_question;

/* Takes the answer: NULL when there is none, and err says why. */
typedef void app_answer_fn(void *arg, struct app_json *answer, const struct gp_err *err);

/* Takes the writer. One callback, never inside the call, never after cancel. */
GP_MUST_USE enum gp_code app_control_ask(struct gp_loop *loop, const char *path,
                                         struct app_json_writer *request, uint32_t timeout_ms,
                                         app_answer_fn *fn, void *arg, struct app_question **ret,
                                         struct gp_err *err);
void app_question_cancel(struct app_question *question);

/* Takes the line. */
typedef void app_line_fn(void *arg, struct app_json *line);

/*
 * The same for an answer of many lines: on_line is called for each but the one that has "ok", which
 * is the last and goes to fn. The last has to come within timeout_ms; 0: at any time.
 */
GP_MUST_USE enum gp_code app_control_follow(struct gp_loop *loop, const char *path,
                                            struct app_json_writer *request, uint32_t timeout_ms,
                                            app_line_fn *on_line, app_answer_fn *fn, void *arg,
                                            struct app_question **ret, struct gp_err *err);

#endif
