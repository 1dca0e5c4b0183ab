/* SPDX-License-Identifier: BSD-2-Clause */
/* The receiving machine: any events in any order. A stanza only ever comes of a pair that was
 * opened before, and nothing comes after the end. */
#include "federation/stream_in.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_stream.h"

#include <stdio.h>

struct run {
    struct fed_in *in;
    struct fed_now now;
    unsigned ids;
    bool is_open[3], is_over; /* by partner */
    bool is_handshaking;
};

static void make_id(void *arg, char id[GP_RND_ID_MAX])
{
    struct run *run = arg;
    snprintf(id, GP_RND_ID_MAX, "%032x", ++run->ids);
}

static bool is_probe(void *arg, const char *token, struct dns_domain *ret_stand_in)
{
    (void)arg;
    (void)ret_stand_in;
    return strcmp(token, "token") == 0;
}

static size_t partner_of(const struct dns_domain *domain)
{
    return domain->ascii[0] == 's' ? 0 : domain->ascii[0] == 'd' ? 1 : 2;
}

static void drain(struct run *run)
{
    struct fed_request request;
    do {
        fed_in_next(run->in, &run->now, &request);
        fuzz_check(&request);
        GP_ASSERT(!run->is_over || request.what == FED_DO_WAIT);
        if (request.what == FED_DO_OPEN)
            run->is_open[partner_of(&request.u.pair.partner)] = true;
        else if (request.what == FED_DO_STANZA)
            GP_ASSERT(run->is_open[partner_of(&request.u.stanza->from)]);
        else if (request.what == FED_DO_START_TLS)
            run->is_handshaking = true;
        run->is_over = run->is_over || request.what == FED_DO_CLOSE;
    } while (request.what != FED_DO_WAIT);
}

static void one_event(struct run *run, struct fuzz_input *input)
{
    switch (fuzz_byte(input) % 11) {
    case 0: /* time */
        run->now.mono_ms += (int64_t)fuzz_byte(input) * 500;
        run->now.wall_s += 1;
        if (run->now.mono_ms >= fed_in_deadline_ms(run->in))
            fed_in_deadline(run->in, &run->now);
        break;
    case 1:
        if (run->is_handshaking)
            fed_in_tls_done(run->in, &run->now, fuzz_facts(fuzz_byte(input), run->now.wall_s));
        run->is_handshaking = false;
        break;
    case 2:
        fed_in_verified(run->in, &run->now, fuzz_byte(input) % 8,
                        (enum fed_verdict)(fuzz_byte(input) % 4));
        break;
    case 3:
        fed_in_peer_closed(run->in, &run->now, fuzz_byte(input) & 1, "gone");
        break;
    case 4:
        fed_in_stop(run->in, &run->now, (enum fed_close)(fuzz_byte(input) % FED_CLOSE_COUNT));
        break;
    case 5: /* the runner sends */
        gp_buf_consume(fed_in_output(run->in), gp_buf_len(fed_in_output(run->in)));
        break;
    case 6:
        if (run->is_handshaking)
            fed_in_tls_failed(run->in, &run->now, "no");
        run->is_handshaking = false;
        break;
    case 7:
        fed_in_looked_up(run->in, &run->now, fuzz_byte(input) % 8,
                         &(struct fed_evidence){.source = 1 + (fuzz_byte(input) & 1),
                                                .found = (enum fed_found)(fuzz_byte(input) % 4)});
        break;
    default:
        if (fed_in_wants_bytes(run->in))
            fed_in_bytes(run->in, &run->now, fuzz_bytes(input));
        else
            fuzz_bytes(input);
    }
    drain(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct fuzz_world world;
    struct run run = {.now = {.mono_ms = 1000, .wall_s = 1800000000}};
    fuzz_world_init(&world);
    const struct fed_in_setup setup = {.settings = &world.settings,
                                       .is_direct_tls = fuzz_byte(&input) & 1,
                                       .make_id = make_id,
                                       .is_probe = is_probe,
                                       .arg = &run};
    run.in = fed_in_create(&setup, &run.now);
    drain(&run);
    for (int i = 0; i < 200 && input.left > 0; i++) {
        one_event(&run, &input);
        GP_ASSERT(fed_in_state_text(run.in)[0]);
        GP_ASSERT(run.is_over || fed_in_deadline_ms(run.in) < INT64_MAX);
    }
    fed_in_destroy(run.in);
    return 0;
}
