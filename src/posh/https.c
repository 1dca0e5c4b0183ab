/* SPDX-License-Identifier: BSD-2-Clause */
#include "posh/https.h"

#include "base/file.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_ANCHORS "/etc/ssl/certs/ca-certificates.crt"
#define ANCHORS_MAX    (4u << 20)
#define RESOLVE_MAX    2048
#define HEADER_MAX     16384 /* bytes of all header lines of an answer */

struct app_https {
    struct gp_loop *loop;
    CURLM *multi;           /* owned */
    struct gp_timer *timer; /* owned; curl's own */
    struct gp_task task;    /* curl has something to say */
    struct gp_buf anchors;  /* PEM */
};

/* A descriptor of curl's. */
struct sock {
    struct app_https *https;
    struct gp_watch *watch;
    curl_socket_t fd;
};

struct app_https_op {
    struct app_https *https;
    CURL *easy;                 /* owned */
    struct curl_slist *resolve; /* owned; read during the transfer */
    app_https_fn *fn;
    void *arg;
    struct gp_buf body;
    size_t header_bytes;
    char error[CURL_ERROR_SIZE];
};

/* The loop. */

static void op_destroy(struct app_https_op *op)
{
    if (op->easy) {
        curl_multi_remove_handle(op->https->multi, op->easy);
        curl_easy_cleanup(op->easy);
    }
    curl_slist_free_all(op->resolve);
    gp_buf_finish(&op->body);
    free(op);
}

/* A silent server, or one with a fault of its own, may have it another time. */
static bool is_nowhere(CURLcode code, long status)
{
    return code == CURLE_OK ? status < 500
                            : code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
                                  code == CURLE_PEER_FAILED_VERIFICATION;
}

static void tell(struct app_https_op *op, CURLcode code)
{
    struct app_https_answer answer = {.is_ok = false};
    char failure[CURL_ERROR_SIZE + 32];
    long status = 0;
    char *redirect = NULL;
    curl_easy_getinfo(op->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(op->easy, CURLINFO_REDIRECT_URL, &redirect);
    answer.is_ok = code == CURLE_OK && status == 200 && gp_buf_failed(&op->body) == GP_OK;
    answer.body = gp_buf_span(&op->body);
    if (code != CURLE_OK)
        snprintf(failure, sizeof(failure), "%s",
                 op->error[0] ? op->error : curl_easy_strerror(code));
    else
        snprintf(failure, sizeof(failure), "the web server answers with status %ld", status);
    if (gp_buf_failed(&op->body) == GP_ERR_LIMIT)
        snprintf(failure, sizeof(failure), "the document is too long");
    if (op->header_bytes > HEADER_MAX)
        snprintf(failure, sizeof(failure), "the header of the answer is too long");
    if (code == CURLE_OK && !answer.is_ok)
        answer.redirect = redirect;
    answer.failure = failure;
    answer.is_nowhere = is_nowhere(code, status);
    op->fn(op->arg, &answer);
}

/* What has ended is told, one by one: a call may start or cancel others. */
static void on_task(void *arg)
{
    struct app_https *https = arg;
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(https->multi, &left));) {
        struct app_https_op *op = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&op) != CURLE_OK)
            continue;
        tell(op, code);
        op_destroy(op);
    }
}

static void act(struct app_https *https, curl_socket_t fd, int what)
{
    int running = 0;
    curl_multi_socket_action(https->multi, fd, what, &running);
    gp_task_post(&https->task);
}

static void on_ready(void *arg, unsigned ready)
{
    const struct sock *sock = arg;
    act(sock->https, sock->fd,
        (ready & GP_READ ? CURL_CSELECT_IN : 0) | (ready & GP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* Asked for by curl. */

static int want_timer(CURLM *multi, long delay_ms, void *arg)
{
    struct app_https *https = arg;
    (void)multi;
    if (delay_ms < 0)
        gp_timer_clear(https->timer);
    else
        gp_timer_set(https->timer, delay_ms);
    return 0;
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
    struct app_https *https = arg;
    struct sock *sock = of_socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (sock)
            gp_watch_destroy(sock->watch);
        free(sock);
        return 0;
    }
    if (!sock) {
        sock = calloc(1, sizeof(*sock));
        if (!sock)
            return -1;
        *sock = (struct sock){.https = https, .fd = fd};
        sock->watch = gp_watch_create(https->loop, fd, on_ready, sock);
        if (!sock->watch) {
            free(sock);
            return -1;
        }
        curl_multi_assign(https->multi, fd, sock);
    }
    gp_watch_set(sock->watch,
                 (what & CURL_POLL_IN ? GP_READ : 0u) | (what & CURL_POLL_OUT ? GP_WRITE : 0u));
    return 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct app_https_op *op = arg;
    gp_buf_append(&op->body, bytes, size * count);
    return gp_buf_failed(&op->body) == GP_OK ? size * count : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct app_https_op *op = arg;
    (void)bytes;
    op->header_bytes += size * count;
    return op->header_bytes <= HEADER_MAX ? size * count : 0;
}

/* One transfer. */

enum gp_code app_https_host(const char *url, char host[APP_HTTPS_HOST_MAX], uint16_t *ret_port,
                            struct gp_err *err)
{
    CURLU *parsed = curl_url();
    char *name = NULL, *port = NULL, *scheme = NULL;
    bool is_good = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
                   curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                   curl_url_get(parsed, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
                   curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                   strcmp(scheme, "https") == 0 && strlen(name) < APP_HTTPS_HOST_MAX;
    if (is_good) {
        snprintf(host, APP_HTTPS_HOST_MAX, "%s", name);
        *ret_port = (uint16_t)strtoul(port, NULL, 10);
    }
    curl_free(scheme);
    curl_free(name);
    curl_free(port);
    curl_url_cleanup(parsed);
    return is_good ? GP_OK : gp_err_set(err, GP_ERR_INPUT, "it leads to what is no https URL");
}

/* "host:port:address,address": so that curl asks nobody. */
static bool set_addresses(struct app_https_op *op, const struct app_https_get *get)
{
    char host[APP_HTTPS_HOST_MAX], text[RESOLVE_MAX], address[GP_ADDR_TEXT_MAX];
    uint16_t port = 0;
    if (app_https_host(get->url, host, &port, NULL) != GP_OK)
        return false;
    int len = snprintf(text, sizeof(text), "%s:%u:", host, port);
    for (size_t i = 0; i < get->address_count && (size_t)len < sizeof(text); i++) {
        bool is_v6 = get->addresses[i].family == GP_IPV6;
        len +=
            snprintf(text + len, sizeof(text) - (size_t)len, "%s%s%s%s", i > 0 ? "," : "",
                     is_v6 ? "[" : "", gp_addr_text(&get->addresses[i], address), is_v6 ? "]" : "");
    }
    op->resolve = curl_slist_append(NULL, text);
    return op->resolve && curl_easy_setopt(op->easy, CURLOPT_RESOLVE, op->resolve) == CURLE_OK;
}

static bool set_options(struct app_https_op *op, const struct app_https_get *get)
{
    CURL *easy = op->easy;
    struct gp_span anchors = gp_buf_span(&op->https->anchors);
    struct curl_blob blob = {
        .data = (void *)(uintptr_t)anchors.at, .len = anchors.len, .flags = CURL_BLOB_NOCOPY};
    return curl_easy_setopt(easy, CURLOPT_URL, get->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, op) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)get->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, op->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, op) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, op) == CURLE_OK;
}

enum gp_code app_https_start(struct app_https *https, const struct app_https_get *get,
                             app_https_fn *fn, void *arg, struct app_https_op **ret,
                             struct gp_err *err)
{
    struct app_https_op *op = calloc(1, sizeof(*op));
    if (!op)
        return gp_err_nomem(err);
    op->https = https;
    op->fn = fn;
    op->arg = arg;
    gp_buf_init(&op->body, get->max_bytes);
    op->easy = curl_easy_init();
    if (!op->easy || !set_options(op, get) || !set_addresses(op, get) ||
        curl_multi_add_handle(https->multi, op->easy) != CURLM_OK) {
        op_destroy(op);
        return gp_err_nomem(err);
    }
    *ret = op;
    return GP_OK;
}

void app_https_cancel(struct app_https_op *op)
{
    if (op)
        op_destroy(op);
}

/* Life. */

enum gp_code app_https_create(struct gp_loop *loop, const char *ca_file, struct app_https **ret,
                              struct gp_err *err)
{
    struct app_https *https = calloc(1, sizeof(*https));
    if (!https)
        return gp_err_nomem(err);
    https->loop = loop;
    gp_buf_init(&https->anchors, ANCHORS_MAX);
    gp_task_init(&https->task, loop, on_task, https);
    https->timer = gp_timer_create(loop, on_timer, https);
    https->multi = curl_multi_init();
    enum gp_code code = https->timer && https->multi ? GP_OK : gp_err_nomem(err);
    if (code == GP_OK)
        code = gp_file_read(ca_file ? ca_file : SYSTEM_ANCHORS, &https->anchors, err);
    if (code != GP_OK) {
        app_https_destroy(https);
        return code;
    }
    curl_multi_setopt(https->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(https->multi, CURLMOPT_SOCKETDATA, https);
    curl_multi_setopt(https->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(https->multi, CURLMOPT_TIMERDATA, https);
    *ret = https;
    return GP_OK;
}

void app_https_destroy(struct app_https *https)
{
    if (!https)
        return;
    if (https->multi)
        curl_multi_cleanup(https->multi);
    gp_task_cancel(&https->task);
    gp_timer_destroy(https->timer);
    gp_buf_finish(&https->anchors);
    free(https);
}
