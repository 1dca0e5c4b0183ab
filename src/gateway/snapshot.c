/* SPDX-License-Identifier: BSD-2-Clause */
#include "gateway/snapshot.h"

#include "base/io.h"
#include "federation/tls_ctx.h"

#include <stdlib.h>

static bool is_wildcard(const struct gp_addr *address)
{
    return gp_addr_reach(address) == GP_REACH_UNSPECIFIED;
}

/* A socket on every address is reached by each of the machine's own: none of them may be dialled
 * (T34). */
static enum gp_code add_own(struct app_snapshot *snapshot, const struct gp_addr *address,
                            uint16_t port, struct gp_err *err)
{
    size_t size = (snapshot->own_address_count + 1) * sizeof(*snapshot->own_addresses);
    struct gp_addr *grown = realloc(snapshot->own_addresses, size);
    if (!grown)
        return gp_err_nomem(err);
    snapshot->own_addresses = grown;
    grown[snapshot->own_address_count] = *address;
    grown[snapshot->own_address_count++].port = port;
    return GP_OK;
}

static enum gp_code add_own_of_machine(struct app_snapshot *snapshot,
                                       const struct app_listener *listener, struct gp_err *err)
{
    struct gp_addr *list = NULL;
    size_t count = 0;
    enum gp_code code = gp_io_own_addresses(&list, &count, err);
    for (size_t i = 0; i < count && code == GP_OK; i++)
        if (list[i].family == listener->address.family)
            code = add_own(snapshot, &list[i], listener->address.port, err);
    free(list);
    return code;
}

enum gp_code app_snapshot_find_own(struct app_snapshot *snapshot,
                                   const struct app_listeners *listeners, struct gp_err *err)
{
    enum gp_code code = GP_OK;
    const struct app_config *config = snapshot->config;
    for (size_t i = 0; i < listeners->count && code == GP_OK; i++) {
        const struct app_listener *listener = &listeners->list[i];
        code = is_wildcard(&listener->address)
                   ? add_own_of_machine(snapshot, listener, err)
                   : add_own(snapshot, &listener->address, listener->address.port, err);
    }
    /* and what the world calls us by, should that be another address */
    for (size_t d = 0; d < config->domain_count; d++) {
        for (size_t h = 0; h < config->domains[d].host_count; h++) {
            const struct app_host *host = &config->domains[d].hosts[h];
            const uint16_t ports[] = {host->starttls_port, host->direct_tls_port};
            for (size_t a = 0; a < host->address_count; a++)
                for (size_t p = 0; p < GP_ARRAY_LEN(ports) && code == GP_OK; p++)
                    if (ports[p])
                        code = add_own(snapshot, &host->addresses[a], ports[p], err);
        }
    }
    return code;
}

/* A pin is a TLSA record that nobody has to publish: DANE-EE, SPKI, SHA2-256. */
static void take_pins(const struct app_inside *from, struct fed_inside_settings *inside)
{
    for (; inside->pin_count < from->pin_count && inside->pin_count < FED_INSIDE_PINS_MAX;
         inside->pin_count++)
        inside->pins[inside->pin_count] = (struct dns_tlsa){
            .usage = 3,
            .selector = 1,
            .matching = 1,
            .data_len = sizeof(from->pins->spki_sha256),
            .data = from->pins[inside->pin_count].spki_sha256,
        };
}

struct app_snapshot *app_snapshot_create(struct app_config *config)
{
    static const enum fed_inside_kind kinds[] = {
        [APP_INSIDE_ECHO] = FED_INSIDE_ECHO,
        [APP_INSIDE_SELF] = FED_INSIDE_SELF,
        [APP_INSIDE_COMPONENT] = FED_INSIDE_COMPONENT,
        [APP_INSIDE_SERVER] = FED_INSIDE_SERVER,
        [APP_INSIDE_S2S] = FED_INSIDE_S2S,
    };
    struct app_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    struct fed_inside_settings *insides = calloc(config->inside_count + 1, sizeof(*insides));
    struct fed_tls_anchors **anchors = calloc(config->inside_count + 1, sizeof(*anchors));
    if (!snapshot || !insides || !anchors) {
        free(snapshot);
        free(insides);
        free(anchors);
        app_config_destroy(config);
        return NULL;
    }
    for (size_t i = 0; i < config->inside_count; i++)
        insides[i] = (struct fed_inside_settings){
            .name = config->insides[i].name,
            .kind = kinds[config->insides[i].kind],
            .index = config->insides[i].index,
            .terms = config->insides[i].terms,
            .listen = config->insides[i].listen,
            .address = config->insides[i].address,
            .secret = &config->insides[i].secret,
            .is_direct_tls = config->insides[i].is_direct_tls,
            .peer_count = config->insides[i].peer_count,
            .peers = config->insides[i].peers,
        };
    for (size_t i = 0; i < config->inside_count; i++)
        take_pins(&config->insides[i], &insides[i]);
    snapshot->config = config;
    snapshot->insides = insides;
    snapshot->anchors = anchors;
    return snapshot;
}

enum gp_code app_snapshot_read_anchors(struct app_snapshot *snapshot, struct gp_err *err)
{
    const struct app_config *config = snapshot->config;
    enum gp_code code = GP_OK;
    for (size_t i = 0; i < config->inside_count && code == GP_OK; i++) {
        if (!config->insides[i].ca_file)
            continue;
        code = fed_tls_anchors_create(config->insides[i].ca_file, &snapshot->anchors[i], err);
        snapshot->insides[i].anchors = snapshot->anchors[i];
    }
    return code;
}

void app_snapshot_destroy(struct app_snapshot *snapshot)
{
    if (!snapshot)
        return;
    for (size_t i = 0; i < snapshot->config->inside_count; i++)
        fed_tls_anchors_destroy(snapshot->anchors[i]);
    free(snapshot->anchors);
    free(snapshot->insides);
    free(snapshot->own_addresses);
    app_config_destroy(snapshot->config);
    free(snapshot);
}
