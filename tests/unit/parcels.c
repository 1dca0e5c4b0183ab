/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/parcels.h"

#include "tests/unit/unit.h"

#include "federation/ns.h"

#define HEADER "<stream:stream xmlns='" FED_NS_SERVER "' xmlns:stream='" FED_NS_STREAM "'>"

struct fed_parcel *parcel_read(enum fed_direction direction, const char *text)
{
    struct fed_limits limits = fed_limits_default;
    struct fed_stanza stanza;
    limits.token_bytes = 1u << 20;
    struct fed_xml *xml = fed_xml_create(&limits, true);
    fed_xml_feed(xml, gp_span_text(HEADER));
    assert_int_equal(fed_xml_next(xml), FED_XML_HEADER);
    fed_xml_feed(xml, gp_span_text(text));
    if (fed_xml_next(xml) != FED_XML_ELEMENT ||
        fed_stanza_read(fed_xml_element(xml), &stanza) != FED_STANZA_OK)
        fail_msg("no stanza: %.200s", text);
    bool is_inward = direction == FED_TO_INSIDE;
    struct fed_parcel *parcel =
        fed_parcel_create(direction, is_inward ? &stanza.to : &stanza.from,
                          is_inward ? &stanza.from : &stanza.to, &stanza, NULL);
    assert_non_null(parcel);
    fed_xml_destroy(xml);
    return parcel;
}

struct dns_domain domain_of(const char *text)
{
    struct dns_domain domain;
    assert_int_equal(dns_domain_from_text(gp_span_text(text), &domain, NULL), GP_OK);
    return domain;
}

bool parcel_has(const struct fed_parcel *parcel, const char *text)
{
    struct gp_span stanza = fed_parcel_stanza(parcel);
    return memmem(stanza.at, stanza.len, text, strlen(text)) != NULL;
}
