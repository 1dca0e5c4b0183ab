/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target on a corpus without a fuzzer, so that every test run does: each file whole,
 * and every piece of it that begins at its first byte, each in memory of just that size.
 */
#include "base/file.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX   (1024 * 1024)
#define PIECES_MAX 4096 /* of one file */

static void run_piece(struct gp_span piece)
{
    uint8_t *exact = malloc(piece.len > 0 ? piece.len : 1);
    if (!exact)
        abort();
    if (piece.len > 0)
        memcpy(exact, piece.at, piece.len);
    LLVMFuzzerTestOneInput(exact, piece.len);
    free(exact);
}

static enum gp_code run_file(const char *path)
{
    struct gp_buf file;
    struct gp_err err;
    gp_buf_init(&file, FILE_MAX);
    enum gp_code code = gp_file_read(path, &file, &err);
    if (code == GP_OK) {
        struct gp_span whole = gp_buf_span(&file);
        run_piece(whole);
        for (size_t len = 0; len < whole.len && len < PIECES_MAX; len++)
            run_piece(gp_span_make(whole.at, len));
    } else {
        fprintf(stderr, "%s\n", err.text);
    }
    gp_buf_finish(&file);
    return code;
}

int main(int argc, char **argv)
{
    unsigned files = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 1;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        char path[1024];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        if (run_file(path) != GP_OK)
            return 1;
        files++;
    }
    closedir(folder);
    printf("%u files\n", files);
    return files > 0 ? 0 : 1;
}
