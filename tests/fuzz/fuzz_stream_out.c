/* SPDX-License-Identifier: BSD-2-Clause */
/* The initiating machine: any events in any order. */
#include "federation/stream_out.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_stream.h"

struct run {
    struct fed_out *out;
    struct fed_now now;
    bool is_open, is_over, is_handshaking;
};

static void drain(struct run *run)
{
    struct fed_request request;
    do {
        fed_out_next(run->out, &run->now, &request);
        fuzz_check(&request);
        GP_ASSERT(!run->is_over || request.what == FED_DO_WAIT);
        GP_ASSERT(request.what != FED_DO_STANZA && request.what != FED_DO_VERIFY &&
                  request.what != FED_DO_LOOK_UP);
        GP_ASSERT(!run->is_open || request.what != FED_DO_OPEN);
        run->is_open = run->is_open || request.what == FED_DO_OPEN;
        run->is_handshaking = run->is_handshaking || request.what == FED_DO_START_TLS;
        run->is_over = run->is_over || request.what == FED_DO_CLOSE;
    } while (request.what != FED_DO_WAIT);
}

static void one_event(struct run *run, struct fuzz_input *input)
{
    switch (fuzz_byte(input) % 10) {
    case 0:
        run->now.mono_ms += (int64_t)fuzz_byte(input) * 500;
        run->now.wall_s += 1;
        if (run->now.mono_ms >= fed_out_deadline_ms(run->out))
            fed_out_deadline(run->out, &run->now);
        break;
    case 1:
        if (run->is_handshaking)
            fed_out_tls_done(run->out, &run->now, fuzz_facts(fuzz_byte(input), run->now.wall_s));
        run->is_handshaking = false;
        break;
    case 2: { /* only an open stream takes a stanza */
        bool is_taken = fed_out_send(run->out, &run->now, fuzz_bytes(input));
        GP_ASSERT(!is_taken || (run->is_open && !run->is_over));
        break;
    }
    case 3:
        fed_out_peer_closed(run->out, &run->now, fuzz_byte(input) & 1, "gone");
        break;
    case 4:
        fed_out_stop(run->out, &run->now, (enum fed_close)(fuzz_byte(input) % FED_CLOSE_COUNT));
        break;
    case 5:
        gp_buf_consume(fed_out_output(run->out), gp_buf_len(fed_out_output(run->out)));
        break;
    case 6:
        if (run->is_handshaking)
            fed_out_tls_failed(run->out, &run->now, "no");
        run->is_handshaking = false;
        break;
    default:
        if (fed_out_wants_bytes(run->out))
            fed_out_bytes(run->out, &run->now, fuzz_bytes(input));
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
    uint8_t how = fuzz_byte(&input);
    const struct dns_endpoint endpoint = {.service = how & 1 ? DNS_SERVICE_DIRECT_TLS
                                                             : DNS_SERVICE_STARTTLS,
                                          .tlsa_state = (enum dns_tlsa_state)(how / 2 % 4)};
    const struct fed_out_setup setup = {
        .settings = &world.settings,
        .purpose = (enum fed_out_purpose)(how / 8 % 4),
        .home = world.homes[0].domain,
        .partner = world.domains[how / 32 % 3],
        .policy = &world.partners[how / 32 % 3],
        .endpoint = &endpoint,
        .token = "token",
        .verify_id = "id",
        .verify_key = "key",
    };
    run.out = fed_out_create(&setup, &run.now);
    drain(&run);
    for (int i = 0; i < 200 && input.left > 0; i++) {
        one_event(&run, &input);
        GP_ASSERT(fed_out_state_text(run.out)[0]);
        GP_ASSERT(run.is_over || fed_out_deadline_ms(run.out) < INT64_MAX);
    }
    fed_out_destroy(run.out);
    return 0;
}
