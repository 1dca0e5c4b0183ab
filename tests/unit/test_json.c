/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON writer and reader. */
#include "tests/unit/unit.h"

#include "json.h"

#include <stdio.h>
#include <stdlib.h>

static void write_sample(struct app_json_writer *writer)
{
    app_json_put_int(writer, "schema", 1);
    app_json_open_array(writer, "list");
    app_json_put_text(writer, NULL, "a\"b\n");
    app_json_put_bool(writer, NULL, true);
    app_json_open_object(writer, NULL);
    app_json_put_null(writer, "none");
    app_json_put_text(writer, "text", NULL);
    app_json_close(writer);
    app_json_close(writer);
    app_json_put_int(writer, "least", INT64_MIN);
}

static void writer_keeps_order(void **state)
{
    (void)state;
    struct gp_buf out;
    struct app_json_writer *writer = app_json_writer_create();
    gp_buf_init(&out, 1000);
    write_sample(writer);
    assert_int_equal(app_json_dump(writer, &out, NULL), GP_OK);
    assert_string_equal(gp_buf_text(&out),
                        "{\"schema\":1,\"list\":[\"a\\\"b\\n\",true,{\"none\":null,\"text\":null}],"
                        "\"least\":-9223372036854775808}");
    gp_buf_finish(&out);
    app_json_writer_destroy(writer);
}

static void writer_mends_what_is_not_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text, *written;
    } rows[] = {
        {"plain", "{\"t\":\"plain\"}"},
        {"\xc3\xbc\xf0\x9f\x98\x80", "{\"t\":\"\xc3\xbc\xf0\x9f\x98\x80\"}"},
        {"a\xff"
         "b",
         "{\"t\":\"a\xef\xbf\xbd"
         "b\"}"},
        {"\xc3", "{\"t\":\"\xef\xbf\xbd\"}"},
        {"\xf0\x9f\x98", "{\"t\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}"},
        {"\xed\xa0\x80\xc3\xbc", "{\"t\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xbc\"}"},
        {"", "{\"t\":\"\"}"},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct gp_buf out;
        struct app_json_writer *writer = app_json_writer_create();
        gp_buf_init(&out, 1000);
        app_json_put_text(writer, "t", rows[i].text);
        assert_int_equal(app_json_dump(writer, &out, NULL), GP_OK);
        assert_string_equal(gp_buf_text(&out), rows[i].written);
        gp_buf_finish(&out);
        app_json_writer_destroy(writer);
    }
}

static void fill(struct app_json_writer *writer)
{
    write_sample(writer);
    app_json_open_array(writer, "empty");
    app_json_close(writer);
    app_json_open_object(writer, "object");
    app_json_open_array(writer, "inside");
    app_json_put_int(writer, NULL, 1);
    app_json_close(writer);
    app_json_close(writer);
    app_json_open_array(writer, "lists");
    app_json_open_array(writer, NULL);
    app_json_close(writer);
    app_json_open_array(writer, NULL);
    app_json_put_text(writer, NULL, "x");
    app_json_close(writer);
    app_json_close(writer);
}

static char *printed(bool is_at_once)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    assert_non_null(to);
    struct app_json_writer *writer =
        is_at_once ? app_json_writer_create_to(to) : app_json_writer_create();
    fill(writer);
    assert_int_equal(app_json_print(writer, to, NULL), GP_OK);
    app_json_writer_destroy(writer);
    fclose(to);
    return text;
}

static void what_is_written_at_once_is_the_same(void **state)
{
    (void)state;
    char *whole = printed(false), *piecewise = printed(true);
    assert_string_equal(piecewise, whole);
    free(whole);
    free(piecewise);
}

static void writer_errors_stick(void **state)
{
    (void)state;
    for (int fault = 0; fault < 5; fault++) {
        struct gp_err err = {.code = GP_OK};
        struct gp_buf out;
        struct app_json_writer *writer = app_json_writer_create();
        gp_buf_init(&out, fault == 4 ? 10 : 1000);
        if (fault == 0)
            app_json_put_int(writer, NULL, 1); /* an object wants a key */
        if (fault == 1)
            app_json_close(writer); /* the document itself */
        if (fault == 2) {
            app_json_open_array(writer, "a");
            app_json_put_int(writer, "key", 1); /* an array wants none */
        }
        for (int depth = 0; fault == 3 && depth < 20; depth++)
            app_json_open_object(writer, "deeper");
        app_json_put_text(writer, "text", "0123456789");
        assert_int_equal(app_json_dump(writer, &out, &err), fault == 4 ? GP_ERR_LIMIT : GP_ERR_BUG);
        assert_true(strlen(err.text) > 0);
        gp_buf_finish(&out);
        app_json_writer_destroy(writer);
    }
    assert_int_equal(app_json_print(NULL, stdout, NULL), GP_ERR_NOMEM);
    app_json_writer_destroy(NULL);
}

static void print_is_indented_and_whole(void **state)
{
    (void)state;
    char text[1000] = "";
    FILE *to = fmemopen(text, sizeof(text) - 1, "w");
    struct app_json_writer *writer = app_json_writer_create();
    app_json_open_array(writer, "a");
    app_json_put_int(writer, NULL, 1);
    assert_int_equal(app_json_print(writer, to, NULL), GP_OK);
    fclose(to);
    assert_string_equal(text, "{\n  \"a\": [\n    1\n  ]\n}\n");
    app_json_writer_destroy(writer);

    to = fopen("/dev/full", "w");
    assert_non_null(to);
    setvbuf(to, NULL, _IONBF, 0);
    writer = app_json_writer_create();
    assert_int_equal(app_json_print(writer, to, NULL), GP_ERR_SYSTEM);
    app_json_writer_destroy(writer);
    fclose(to);
}

static void reader_follows_a_path(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":{\"n\":7,\"t\":\"x\",\"b\":true},\"l\":[\"p\",2,{\"q\":\"r\"}]}";
    struct app_json *document;
    assert_int_equal(app_json_parse(gp_span_text(text), 1000, &document, NULL), GP_OK);
    const struct app_json *a = app_json_get((const struct app_json *)document, "a");
    const struct app_json *l = app_json_get(document, "l");
    assert_int_equal(app_json_get_int(a, "n", -1), 7);
    assert_int_equal(app_json_get_int(a, "t", -1), -1);
    assert_int_equal(app_json_get_int(a, "none", -1), -1);
    assert_string_equal(app_json_get_text(a, "t", "-"), "x");
    assert_string_equal(app_json_get_text(a, "n", "-"), "-");
    assert_true(app_json_get_bool(a, "b", false));
    assert_true(app_json_get_bool(a, "n", true));
    assert_int_equal(app_json_count(l), 3);
    assert_int_equal(app_json_count(a), 0);
    assert_string_equal(app_json_text(app_json_at(l, 0), "-"), "p");
    assert_string_equal(app_json_text(app_json_at(l, 1), "-"), "-");
    assert_string_equal(app_json_get_text(app_json_at(l, 2), "q", "-"), "r");
    assert_null(app_json_at(l, 3));
    assert_null(app_json_get(l, "q"));
    assert_null(app_json_get(app_json_get(document, "none"), "deeper"));
    assert_int_equal(app_json_count(NULL), 0);
    char again[1000] = "";
    FILE *to = fmemopen(again, sizeof(again) - 1, "w");
    assert_int_equal(app_json_print_again(document, to, NULL), GP_OK);
    fclose(to);
    struct app_json *copy;
    assert_int_equal(app_json_parse(gp_span_text(again), 1000, &copy, NULL), GP_OK);
    assert_string_equal(app_json_get_text(app_json_get(copy, "a"), "t", "-"), "x");
    app_json_destroy(copy);
    app_json_destroy(document);
    app_json_destroy(NULL);
}

static void reader_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum gp_code code;
    } rows[] = {
        {"", GP_ERR_INPUT},
        {"[]", GP_ERR_INPUT},
        {"{", GP_ERR_INPUT},
        {"{} x", GP_ERR_INPUT},
        {"{\"a\":1,\"a\":2}", GP_ERR_INPUT},
        {"{\"a\":\"\xff\"}", GP_ERR_INPUT},
        {"{\"a\":\"\\u0000\"}", GP_ERR_INPUT},
        {"{\"abcdefghijklmnopqrstuvwxyz\":1}", GP_ERR_LIMIT},
    };
    for (size_t i = 0; i < GP_ARRAY_LEN(rows); i++) {
        struct app_json *document = NULL;
        struct gp_err err = {.code = GP_OK};
        assert_int_equal(app_json_parse(gp_span_text(rows[i].text), 20, &document, &err),
                         rows[i].code);
        assert_null(document);
        assert_true(strlen(err.text) > 0);
    }
    /* Every beginning of a document is no document. */
    static const char text[] = "{\"a\":[1,\"\xc3\xbc\",null]}";
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        struct app_json *document = NULL;
        assert_int_equal(app_json_parse(gp_span_make(text, len), 100, &document, NULL),
                         GP_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writer_keeps_order),
        cmocka_unit_test(writer_mends_what_is_not_utf8),
        cmocka_unit_test(what_is_written_at_once_is_the_same),
        cmocka_unit_test(writer_errors_stick),
        cmocka_unit_test(print_is_indented_and_whole),
        cmocka_unit_test(reader_follows_a_path),
        cmocka_unit_test(reader_refuses),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
