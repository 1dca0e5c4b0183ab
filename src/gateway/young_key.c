/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/young_key.h"

#include "base/clock.h"
#include "readiness/journal/journal.h"
#include "tlsa.h"
#include "zones/rollover.h"

#include <string.h>

#define ARENA_BYTES_MAX (16 * 1048576)

struct judging {
    const struct app_config *before, *after;
    int64_t now_s;
    struct gp_buf *refusals, *warnings;
    struct gp_arena arena;
    struct app_histories *histories;  /* owned; what the journal has of all places */
    size_t unknown_count;             /* at the start: of whose keys nothing is known */
    const struct app_domain *unknown; /* the first of them */
};

/* What is known of the key of a domain, at the place where it weighs most. */
struct word {
    struct zone_key_view view;
    struct dns_name owner;
};

static const struct app_domain *find_old(const struct judging *judging,
                                         const struct app_domain *domain)
{
    return judging->before ? app_config_domain(judging->before, &domain->name) : NULL;
}

static bool is_judged(const struct judging *judging, const struct app_domain *domain)
{
    const struct app_domain *old = find_old(judging, domain);
    bool is_same =
        old && memcmp(old->spki_sha256, domain->spki_sha256, sizeof(old->spki_sha256)) == 0;
    return domain->wants_dane && domain->young_key != APP_YOUNG_KEY_IGNORE && !is_same;
}

/* Lines. */

static void put_missing(struct gp_buf *out, const struct word *word)
{
    char owner[DNS_NAME_TEXT_MAX], seen[GP_CLOCK_TEXT_MAX];
    gp_buf_printf(out,
                  "the TLSA records at %s are not for its key, as %s had them at %s: partners that "
                  "use DANE refuse it; publish the record of the key and wait (\"gatepost tlsa\" "
                  "tells)",
                  dns_name_text(&word->owner, owner), word->view.server,
                  gp_clock_text(word->view.seen_s, seen));
}

static void put_young(struct gp_buf *out, const struct word *word)
{
    char owner[DNS_NAME_TEXT_MAX], since[GP_CLOCK_TEXT_MAX], ready[GP_CLOCK_TEXT_MAX];
    gp_clock_text(word->view.ready_s, ready);
    dns_name_text(&word->owner, owner);
    if (word->view.since_s != 0)
        gp_buf_printf(out,
                      "partners may not know its key until %s, since all servers have had the TLSA "
                      "record for it at %s only since %s",
                      ready, owner, gp_clock_text(word->view.since_s, since));
    else
        gp_buf_printf(out,
                      "partners may hold TLSA records of another key until %s, though there are "
                      "none with a signature at %s any more",
                      ready, owner);
}

static void put_unknown(struct gp_buf *out, const struct judging *judging)
{
    const char *trouble = judging->histories->trouble;
    gp_buf_printf(out,
                  "whether partners know its key is not known (%s): if its hosts have TLSA "
                  "records, \"gatepost tlsa\" tells, and notes it for the next time",
                  trouble ? trouble : "the journal has nothing of late");
}

static void put_word(struct gp_buf *out, const struct judging *judging,
                     const struct app_domain *domain, const struct word *word)
{
    gp_buf_printf(out, "domain \"%s\": certificate: ", domain->name.ascii);
    if (word->view.state == ZONE_KEY_MISSING)
        put_missing(out, word);
    else if (word->view.state == ZONE_KEY_YOUNG)
        put_young(out, word);
    else
        put_unknown(out, judging);
}

/* A reload with another key, or with a domain that is new and has no other one to keep. */
static void judge_change(struct judging *judging, const struct app_domain *domain,
                         const struct word *word)
{
    bool is_known_bad = word->view.state == ZONE_KEY_MISSING || word->view.state == ZONE_KEY_YOUNG;
    bool is_refused = is_known_bad && domain->young_key == APP_YOUNG_KEY_REFUSE &&
                      find_old(judging, domain) != NULL;
    struct gp_buf *out = is_refused ? judging->refusals : judging->warnings;
    if (!is_known_bad && word->view.state != ZONE_KEY_UNSEEN)
        return;
    put_word(out, judging, domain, word);
    gp_buf_append_text(out, is_refused ? "; young-key = warn would use it all the same\n" : "\n");
}

/* At the start there is no other key to keep, and it may have been served for long: only what was
 * seen to go wrong is told. */
static void judge_start(struct judging *judging, const struct app_domain *domain,
                        const struct word *word)
{
    if (word->view.state == ZONE_KEY_UNSEEN) {
        judging->unknown = judging->unknown ? judging->unknown : domain;
        judging->unknown_count++;
    } else if (word->view.state == ZONE_KEY_MISSING ||
               (word->view.state == ZONE_KEY_YOUNG && word->view.was_missing)) {
        put_word(judging->warnings, judging, domain, word);
        gp_buf_append_char(judging->warnings, '\n');
    }
}

static void tell_unknown(const struct judging *judging)
{
    struct gp_buf *out = judging->warnings;
    if (judging->unknown_count == 0)
        return;
    gp_buf_printf(out, "domain \"%s\"", judging->unknown->name.ascii);
    if (judging->unknown_count > 1)
        gp_buf_printf(out, " and %zu more", judging->unknown_count - 1);
    gp_buf_append_text(out, ": certificate: ");
    put_unknown(out, judging);
    gp_buf_append_char(out, '\n');
}

/* Looking. */

/* What the journal has of all domains that are judged, at once. */
static enum gp_code recall(struct judging *judging, struct gp_err *err)
{
    char path[PATH_MAX], vantage[APP_VANTAGE_MAX];
    const struct app_config *config = judging->after;
    size_t room = 0, count = 0;
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < config->domain_count; i++)
        room += config->domains[i].host_count * DNS_SERVICE_COUNT;
    struct dns_name *names = gp_arena_alloc(&judging->arena, (room + 1) * sizeof(*names));
    if (!names)
        return gp_err_nomem(err);
    for (size_t i = 0; i < config->domain_count && code == GP_OK; i++) {
        struct app_tlsa_place *places = NULL;
        size_t more = 0;
        if (!is_judged(judging, &config->domains[i]))
            continue;
        code = app_tlsa_places(&config->domains[i], &judging->arena, &places, &more, err);
        for (size_t k = 0; k < more; k++)
            names[count++] = places[k].owner;
    }
    if (code != GP_OK)
        return code;
    return app_journal_recall(app_journal_file(config, path), app_journal_vantage(vantage), names,
                              count, DNS_TYPE_TLSA, &judging->histories, err);
}

static enum gp_code judge(struct judging *judging, const struct app_domain *domain,
                          struct gp_err *err)
{
    char record[APP_TLSA_TEXT_MAX];
    struct word word = {.view.state = ZONE_KEY_UNUSED};
    struct app_tlsa_place *places = NULL;
    size_t count = 0;
    enum gp_code code = app_tlsa_places(domain, &judging->arena, &places, &count, err);
    if (code != GP_OK)
        return code;
    app_tlsa_text(domain->spki_sha256, record);
    for (size_t i = 0; i < count; i++) {
        struct zone_key_view view;
        zone_key_look(app_history(judging->histories, &places[i].owner, DNS_TYPE_TLSA),
                      &judging->after->check.margins, record, judging->now_s, &view);
        if (zone_key_worse(&word.view, &view))
            word.owner = places[i].owner;
    }
    if (judging->before)
        judge_change(judging, domain, &word);
    else
        judge_start(judging, domain, &word);
    return GP_OK;
}

static enum gp_code judge_all(struct judging *judging, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    bool is_any = false;
    for (size_t i = 0; i < judging->after->domain_count; i++)
        is_any = is_any || is_judged(judging, &judging->after->domains[i]);
    if (!is_any) /* mostly: no key has changed */
        return GP_OK;
    code = recall(judging, err);
    for (size_t i = 0; i < judging->after->domain_count && code == GP_OK; i++)
        if (is_judged(judging, &judging->after->domains[i]))
            code = judge(judging, &judging->after->domains[i], err);
    if (code == GP_OK)
        tell_unknown(judging);
    return code;
}

enum gp_code app_young_key_judge(const struct app_config *before, const struct app_config *after,
                                 int64_t now_s, struct gp_buf *refusals, struct gp_buf *warnings,
                                 struct gp_err *err)
{
    struct judging judging = {.before = before,
                              .after = after,
                              .now_s = now_s,
                              .refusals = refusals,
                              .warnings = warnings};
    gp_arena_init(&judging.arena, ARENA_BYTES_MAX);
    enum gp_code code = judge_all(&judging, err);
    app_histories_destroy(judging.histories);
    gp_arena_finish(&judging.arena);
    if (code == GP_OK && gp_buf_len(refusals) > 0)
        code = gp_err_set(err, GP_ERR_CONFIG, "a key is too young");
    return code;
}
