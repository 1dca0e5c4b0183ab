/* SPDX-License-Identifier: BSD-2-Clause */
#include "federation/diary.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

struct page {
    struct dns_domain partner;
    uint64_t turn; /* of the diary, when it was last written to */
    size_t count;
    struct fed_diary_entry entries[FED_DIARY_ENTRIES]; /* oldest first */
};

void fed_diary_init(struct fed_diary *diary)
{
    gp_map_init(&diary->pages);
    diary->turn = 0;
}

static void page_destroy(struct page *page)
{
    for (size_t i = 0; i < page->count; i++)
        fed_diary_entry_finish(&page->entries[i]);
    free(page);
}

void fed_diary_finish(struct fed_diary *diary)
{
    size_t pos = 0;
    for (struct page *page; (page = gp_map_next(&diary->pages, &pos));)
        page_destroy(page);
    gp_map_finish(&diary->pages);
}

static bool fill(const struct fed_diary_entry *entry, const char *sentence,
                 const struct fed_trace *trace, struct fed_diary_entry *ret)
{
    struct fed_diary_entry copy = *entry;
    copy.sentence = strdup(sentence);
    copy.trace = trace ? fed_trace_copy(trace) : NULL;
    if (!copy.sentence) {
        fed_diary_entry_finish(&copy);
        return false;
    }
    *ret = copy;
    return true;
}

bool fed_diary_entry_copy(const struct fed_diary_entry *entry, struct fed_diary_entry *ret)
{
    return fill(entry, entry->sentence, entry->trace, ret);
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

void fed_diary_write(struct fed_diary *diary, const struct fed_diary_entry *entry,
                     const char *sentence, const struct fed_trace *trace)
{
    struct fed_diary_entry copy;
    if (!diary || !dns_domain_is_set(&entry->partner))
        return;
    struct page *page = open_page(diary, &entry->partner);
    if (!page || !fill(entry, sentence, trace, &copy))
        return;
    copy.at_ms = gp_clock_mono_ms();
    copy.wall_s = gp_clock_wall_s();
    page->turn = ++diary->turn;
    if (page->count == FED_DIARY_ENTRIES) {
        fed_diary_entry_finish(&page->entries[0]);
        memmove(page->entries, page->entries + 1, --page->count * sizeof(page->entries[0]));
    }
    page->entries[page->count++] = copy;
}

void fed_diary_each(const struct fed_diary *diary,
                    void (*fn)(void *arg, const struct fed_diary_entry *entry), void *arg)
{
    size_t pos = 0;
    for (const struct page *page; diary && (page = gp_map_next(&diary->pages, &pos));)
        for (size_t i = 0; i < page->count; i++)
            fn(arg, &page->entries[i]);
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
