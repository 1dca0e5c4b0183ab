/* SPDX-License-Identifier: BSD-2-Clause */
/* S8: why validation fails. */
#include "readiness/judging.h"

/* S8: the other checks say what follows from it. */

void app_judge_s8(struct app_judging *judging, const struct app_seen_domain *none,
                  const struct app_domain *domain)
{
    size_t came = 0;
    (void)none;
    (void)domain;
    for (const struct app_seen_rrset *at = judging->input->seen->rrsets; at; at = at->next) {
        char text[DNS_FAILURE_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
        if (at->seen != APP_CAME)
            continue;
        came++;
        if (at->answer->security != DNS_BOGUS)
            continue;
        struct app_finding *finding =
            app_find(judging, APP_WARN, app_say_rrset(judging, &at->owner->name, at->type), "%s",
                     dns_answer_failure_text(at->answer, text));
        app_fix(judging, finding, APP_FIX_RUN, "delv %s %s",
                app_say_name(judging, &at->owner->name), dns_type_text((uint16_t)at->type, type));
    }
    if (came == 0)
        app_find(judging, APP_UNKNOWN, "answers", "nothing was answered");
    else if (judging->found == 0)
        app_find(judging, APP_PASS, "answers", "%s, none of them bogus",
                 app_say_count(judging, came, "answer"));
}
