/*
 * The same targets by libFuzzer: their seeds become files of the corpus that it begins with, in the
 * folder that FUZZ_CORPUS names.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_begin();
    return 0;
}

void fuzz_seed(const void *bytes, size_t size)
{
    static unsigned int number;
    const char *folder = getenv("FUZZ_CORPUS");
    char path[512];
    FILE *file;
    if (folder == NULL) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/seed-%u", folder, number++);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}
