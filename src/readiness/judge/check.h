/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks (checks.def has a row for each) and what they find. Judging is pure: what was seen,
 * what should be, and the present time go in, findings come out.
 */
#ifndef GP_APP_CHECK_H
#define GP_APP_CHECK_H

#include "config/config.h"
#include "readiness/journal/sighting.h"
#include "zones/plan.h"

/* The six steps of a migration (design, section 1), as which findings are shown. */
enum app_step {
    APP_STEP_POOL,
    APP_STEP_EDGE,
    APP_STEP_USERS,
    APP_STEP_CERTIFICATES,
    APP_STEP_FEDERATION,
    APP_STEP_DNS,
    APP_STEP_COUNT
};

/* In the order of how much attention it wants. */
enum app_status {
    APP_PASS,
    APP_SKIP, /* does not apply here; the sentence says why */
    APP_WARN,
    APP_UNKNOWN, /* could not be found out; never shown as PASS */
    APP_WAIT,    /* will be right by itself from a later time on */
    APP_FAIL
};

enum app_verdict {
    APP_READY,
    APP_NOT_READY,
    APP_TO_WAIT,
    APP_NOT_KNOWN
};

enum app_severity {
    APP_BINDING, /* FAIL, WAIT and UNKNOWN count for the verdict */
    APP_ADVICE   /* warns at most, and counts for nothing */
};

/* What it is judged for, and what has to be there for it. */
enum app_scope {
    APP_EACH_DOMAIN, /* one domain after another */
    APP_CONFIGURED,  /* likewise; there is a configuration to compare with */
    APP_SERVED,      /* likewise; there is a gateway of that configuration to be asked */
    APP_CALLED,      /* likewise, or a probe domain to be called back */
    APP_REPLACED,    /* likewise; the domain has a legacy section */
    APP_ALL_AT_ONCE  /* what domains share: once */
};

/* When a check is made: which rows count is a matter of where one is in the cutover. */
enum app_phase {
    APP_PREPARE,      /* days before the switch */
    APP_GATE,         /* right before it: may DNS be moved? */
    APP_SWITCHED,     /* right after it */
    APP_DECOMMISSION, /* before the legacy gateway is removed */
    APP_ROUTINE,      /* in daily operation */
    APP_PHASE_COUNT
};

/* T9: days that the certificate lasts. */
#define APP_CERTIFICATE_WARN_DAYS APP_RENEWAL_DAYS
#define APP_CERTIFICATE_FAIL_DAYS 3

struct app_judging;
struct app_vantage;

/* domain: the one to judge, with what the configuration says of it; both NULL with APP_ALL_AT_ONCE.
 * Finds something in any case. */
typedef void app_judge_fn(struct app_judging *judging, const struct app_seen_domain *seen,
                          const struct app_domain *domain);

struct app_check {
    const char *id; /* as in the reference: "V3" */
    enum app_step step;
    enum app_scope scope;
    enum app_severity severity;
    const char *phases; /* a letter for each in which it counts: see app_check_counts() */
    const char *title;
    app_judge_fn *judge;
};

/* All checks, in the order in which they are shown. */
const struct app_check *app_checks(size_t *ret_count);

/* "prepare", "gate", ...; as --phase and JSON name it. */
const char *app_phase_name(enum app_phase phase);
bool app_check_counts(const struct app_check *check, enum app_phase phase);
/* Whether DNS is not expected to lead to the configured hosts yet. */
bool app_phase_is_before_switch(enum app_phase phase);

/* "pool", "edge", ...; as --only and JSON name it. */
const char *app_step_name(enum app_step step);
/* "Deploy the pool", ... */
const char *app_step_title(enum app_step step);

/* "PASS", "FAIL", ...; "READY", "NOT READY", "WAIT", "UNKNOWN". */
const char *app_status_text(enum app_status status);
const char *app_verdict_text(enum app_verdict verdict);

/* Findings. */

enum app_fix_kind {
    APP_FIX_PUBLISH, /* this line of a zone file */
    APP_FIX_REMOVE,  /* likewise */
    APP_FIX_RUN,     /* this command */
    APP_FIX_DO       /* in words */
};

/* "publish", "remove", "run", "do". */
const char *app_fix_kind_text(enum app_fix_kind kind);

struct app_fix {
    struct app_fix *next;
    enum app_fix_kind kind;
    const char *text;
};

struct app_evidence {
    struct app_evidence *next;
    const char *text;
};

/* What one check found out about one subject. Every text is printable, on one line. */
struct app_finding {
    struct app_finding *next;
    const struct app_check *check;
    const struct dns_domain *domain; /* NULL with APP_ALL_AT_ONCE */
    /* Then: the name or the zone that it is about, which is of the domains that depend on it. NULL:
     * it concerns all. */
    const struct dns_name *place;
    enum app_status status;
    int64_t until_s; /* of APP_WAIT: from when on it will be right; wall clock */
    const char *subject, *sentence;
    const char *vantage; /* of another run; NULL: of this one */
    const char
        *endpoint; /* which kind it speaks of: "published", "planned" or "legacy"; NULL: none */
    struct app_evidence *evidence;
    struct app_fix *fixes;
    /* Of what was accepted: its status is APP_SKIP, its sentence begins with the reason. */
    const struct app_acceptance *accepted; /* NULL: it was not */
    enum app_status accepted_status;       /* that it would have */
};

/* Something about the check itself that whoever runs it should know; printable. */
struct app_note {
    struct app_note *next;
    const char *text;
};

struct app_findings {
    struct gp_arena arena;
    struct app_finding *first;
    size_t count;
    struct app_note *notes;
    enum app_verdict verdict;
    int64_t safe_at_s; /* of APP_TO_WAIT: from when on nothing has to be waited for any more */
};

struct zone_timeline;

/* Borrowed for the call, but for seen and config, which outlive the findings. */
struct app_judge_input {
    const struct app_observations *seen;
    const struct app_config *config;
    const struct zone_plan *plan;
    const struct app_histories *histories;
    const struct zone_timeline *timeline; /* NULL: nothing is planned, or it is not known yet */
    enum app_phase phase;
    const bool
        *wanted; /* one for each check, in the order of app_checks(); NULL: all of the phase */
    const struct app_vantage *vantages; /* reports of other runs; NULL: none */
    int64_t now_s;                      /* wall clock */
};

/* Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_judge(const struct app_judge_input *input, struct app_findings **ret,
                                   struct gp_err *err);
void app_findings_destroy(struct app_findings *findings);

/* accept.c: has what the configuration accepts be SKIP, and notes acceptances that are of no use.
 * Errors: GP_ERR_NOMEM. */
GP_MUST_USE enum gp_code app_accept(const struct app_judge_input *input,
                                    struct app_findings *findings, struct gp_err *err);

/* Whether the check is made: it is wanted, or counts in the phase. */
bool app_check_is_made(const struct app_judge_input *input, size_t number);
/* The latest end of what is to be waited for, as far as it counts; 0 when there is nothing. */
int64_t app_safe_at(const struct app_finding *first);

/* FAIL before WAIT before UNKNOWN, as far as they count; READY when none of them is there. */
enum app_verdict app_verdict_of(const struct app_finding *first);

#endif
