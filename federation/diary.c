/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/diary.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An entry as it is kept: small, since there may be many (T59). */
struct note {
    enum fed_diary_kind kind;
    bool is_outbound, is_good;
    int64_t at_ms, wall_s;
    struct gp_addr address;
    char *home;              /* owned; NULL: not known */
    char *sentence;          /* owned */
    struct fed_trace *trace; /* owned, or NULL */
};

struct page {
    struct dns_domain partner;
    uint64_t turn; /* of the diary, when it was last written to */
    size_t count;
    struct note *notes; /* owned; oldest first */
};

static void note_finish(struct note *note)
{
    free(note->home);
    free(note->sentence);
    fed_trace_destroy(note->trace);
}

void fed_diary_init(struct fed_diary *diary)
{
    gp_map_init(&diary->pages);
    diary->turn = 0;
}

static void page_destroy(struct page *page)
{
    for (size_t i = 0; i < page->count; i++)
        note_finish(&page->notes[i]);
    free(page->notes);
    free(page);
}

void fed_diary_finish(struct fed_diary *diary)
{
    size_t pos = 0;
    for (struct page *page; (page = gp_map_next(&diary->pages, &pos));)
        page_destroy(page);
    gp_map_finish(&diary->pages);
}

bool fed_diary_entry_copy(const struct fed_diary_entry *entry, struct fed_diary_entry *ret)
{
    struct fed_diary_entry copy = *entry;
    copy.sentence = strdup(entry->sentence);
    copy.trace = entry->trace ? fed_trace_copy(entry->trace) : NULL;
    if (!copy.sentence) {
        fed_diary_entry_finish(&copy);
        return false;
    }
    *ret = copy;
    return true;
}

void fed_diary_entry_finish(struct fed_diary_entry *entry)
{
    free(entry->sentence);
    fed_trace_destroy(entry->trace);
}

static void forget_oldest(struct fed_diary *diary)
{
    struct page *oldest = NULL;
    size_t pos = 0;
    for (struct page *page; (page = gp_map_next(&diary->pages, &pos));)
        if (!oldest || page->turn < oldest->turn)
            oldest = page;
    if (!oldest)
        return;
    gp_map_remove(&diary->pages, gp_span_text(oldest->partner.ascii));
    page_destroy(oldest);
}

static struct page *open_page(struct fed_diary *diary, const struct dns_domain *partner)
{
    struct gp_span key = gp_span_text(partner->ascii);
    struct page *page = gp_map_find(&diary->pages, key);
    if (page)
        return page;
    if (diary->pages.count >= FED_DIARY_PAGES)
        forget_oldest(diary);
    page = calloc(1, sizeof(*page));
    if (!page)
        return NULL;
    page->partner = *partner;
    if (gp_map_put(&diary->pages, key, page) == GP_OK)
        return page;
    free(page);
    return NULL;
}

/* Room for one more at the end; the oldest goes where there are enough. NULL without memory. */
static struct note *make_room(struct page *page)
{
    if (page->count == FED_DIARY_ENTRIES) {
        note_finish(&page->notes[0]);
        memmove(page->notes, page->notes + 1, --page->count * sizeof(page->notes[0]));
        return &page->notes[page->count];
    }
    struct note *grown = realloc(page->notes, (page->count + 1) * sizeof(*grown));
    if (!grown)
        return NULL;
    page->notes = grown;
    return &grown[page->count];
}

void fed_diary_write(struct fed_diary *diary, const struct fed_diary_entry *entry,
                     const char *sentence, const struct fed_trace *trace)
{
    if (!diary || !dns_domain_is_set(&entry->partner))
        return;
    struct page *page = open_page(diary, &entry->partner);
    struct note *note = page ? make_room(page) : NULL;
    if (!note)
        return;
    *note = (struct note){
        .kind = entry->kind,
        .is_outbound = entry->is_outbound,
        .is_good = entry->is_good,
        .at_ms = gp_clock_mono_ms(),
        .wall_s = gp_clock_wall_s(),
        .address = entry->address,
        .home = dns_domain_is_set(&entry->home) ? strdup(entry->home.ascii) : NULL,
        .sentence = strdup(sentence),
        .trace = trace ? fed_trace_copy(trace) : NULL,
    };
    page->turn = ++diary->turn;
    if (note->sentence)
        page->count++;
    else
        note_finish(note);
}

static void read_out(const struct page *page, const struct note *note,
                     void (*fn)(void *arg, const struct fed_diary_entry *entry), void *arg)
{
    struct fed_diary_entry entry = {
        .kind = note->kind,
        .is_outbound = note->is_outbound,
        .is_good = note->is_good,
        .at_ms = note->at_ms,
        .wall_s = note->wall_s,
        .partner = page->partner,
        .address = note->address,
        .sentence = note->sentence,
        .trace = note->trace,
    };
    if (note->home)
        snprintf(entry.home.ascii, sizeof(entry.home.ascii), "%s", note->home);
    fn(arg, &entry);
}

void fed_diary_each(const struct fed_diary *diary,
                    void (*fn)(void *arg, const struct fed_diary_entry *entry), void *arg)
{
    size_t pos = 0;
    for (const struct page *page; diary && (page = gp_map_next(&diary->pages, &pos));)
        for (size_t i = 0; i < page->count; i++)
            read_out(page, &page->notes[i], fn, arg);
}

const char *fed_diary_kind_text(enum fed_diary_kind kind)
{
    static const char *const texts[] = {
        [FED_DIARY_ATTEMPT] = "attempt",
        [FED_DIARY_OPENED] = "opened",
        [FED_DIARY_CLOSED] = "closed",
        [FED_DIARY_REFUSED] = "refused",
    };
    return texts[kind];
}
