/*
 * Fuzzing with gcc alone: every input that reaches an edge of the code that none has reached before
 * (or so many times more) is kept and mutated on. Edges come from -fsanitize-coverage=trace-pc.
 *
 *   fuzz_x                 the bounded run: always the same inputs
 *   fuzz_x SECONDS [SEED]  as long as that
 *   fuzz_x FILE            one input again, as kept when a check failed
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

#define EDGES 65536u
#define CORPUS 2048u
#define FAILED_SUFFIX ".failed"

void __sanitizer_cov_trace_pc(void);
void __sanitizer_set_death_callback(void (*callback)(void));
extern const char __executable_start[];

struct input {
    size_t size;
    uint8_t bytes[FUZZ_INPUT_MAX];
};

static uint8_t hits[EDGES];        /* of this execution */
static uint8_t seen[EDGES];        /* classes of counts of all: one bit each */
static uint32_t touched[EDGES];    /* which of `hits` are not zero */
static uint32_t touched_count;
static uintptr_t before;
static struct input corpus[CORPUS];
static size_t kept;
static struct input now;
static bool running;
static const char *program;
static uint64_t random_state;

/* Called at every edge of what was compiled for it. */
void __sanitizer_cov_trace_pc(void)
{
    uintptr_t here = (uintptr_t)__builtin_return_address(0) - (uintptr_t)__executable_start;
    uint32_t edge = (uint32_t)((here * 0x9e3779b1u) >> 8 ^ before) % EDGES;
    before = (here * 0x9e3779b1u) >> 9;
    if (hits[edge] == 0) {
        touched[touched_count++] = edge;
    }
    hits[edge] = (uint8_t)(hits[edge] == 255 ? 255 : hits[edge] + 1);
}

/* ---- the input that fails is kept */

static void keep_failed(void)
{
    char path[512];
    if (running) {
        running = false;
        (void)snprintf(path, sizeof path, "%s" FAILED_SUFFIX, program);
        FILE *file = fopen(path, "wb");
        if (file != NULL) {
            (void)fwrite(now.bytes, 1, now.size, file);
            (void)fclose(file);
            fprintf(stderr, "again: %s %s\n", program, path);
        }
    }
}

/* ---- executions */

static uint8_t class_of(uint8_t count)
{
    return count == 1 ? 1 : count == 2 ? 2 : count < 5 ? 4 : count < 9 ? 8 : count < 33 ? 16 : 32;
}

/* Whether this input did something new. */
static bool execute(void)
{
    bool novel = false;
    uint8_t *exact = malloc(now.size > 0 ? now.size : 1);
    if (exact == NULL) {
        exit(2);
    }
    memcpy(exact, now.bytes, now.size);
    before = 0;
    running = true;
    (void)LLVMFuzzerTestOneInput(exact, now.size);
    running = false;
    free(exact);
    for (uint32_t i = 0; i < touched_count; i++) {
        uint8_t class = class_of(hits[touched[i]]);
        novel = novel || (seen[touched[i]] & class) == 0;
        seen[touched[i]] |= class;
        hits[touched[i]] = 0;
    }
    touched_count = 0;
    return novel;
}

void fuzz_seed(const void *bytes, size_t size)
{
    now.size = size < sizeof now.bytes ? size : sizeof now.bytes;
    memcpy(now.bytes, bytes, now.size);
    if (kept < CORPUS) {
        corpus[kept++] = now;
    }
    (void)execute();
}

/* ---- mutation */

static uint32_t below(uint32_t end)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % end;
}

static void remove_some(void)
{
    uint32_t at = below((uint32_t)now.size);
    uint32_t size = 1 + below((uint32_t)now.size - at);
    size = size > 16 && below(4) != 0 ? 1 + below(16) : size;
    memmove(now.bytes + at, now.bytes + at + size, now.size - at - size);
    now.size -= size;
}

/* Bytes of this or another input, or one byte repeated. */
static void insert_some(void)
{
    const struct input *from = &corpus[below((uint32_t)kept)];
    uint32_t size = 1 + below(below(4) == 0 ? 200 : 8);
    uint32_t at = below((uint32_t)now.size + 1);
    uint8_t bytes[200];
    if (now.size + size > sizeof now.bytes) {
        return;
    }
    memset(bytes, (int)below(256), sizeof bytes);
    if (from->size > size && below(3) != 0) {
        memcpy(bytes, from->bytes + below((uint32_t)from->size - size), size);
    }
    memmove(now.bytes + at + size, now.bytes + at, now.size - at);
    memcpy(now.bytes + at, bytes, size);
    now.size += size;
}

static void change_a_byte(uint32_t how)
{
    static const uint8_t edges[] = {0, 1, 2, 0x0f, 0x10, 0x1f, 0x20, 0x21, 0x3f, 0x40, 0x41, 0x7f,
                                    0x80, 0xfe, 0xff};
    uint8_t *byte = &now.bytes[below((uint32_t)now.size)];
    switch (how) {
    case 0: *byte ^= (uint8_t)(1u << below(8)); break;
    case 1: *byte = (uint8_t)below(256); break;
    case 2: *byte = (uint8_t)(*byte + below(9) - 4u); break;
    default: *byte = edges[below(sizeof edges)]; break;
    }
}

static void splice(void)
{
    const struct input *other = &corpus[below((uint32_t)kept)];
    if (other->size > 1 && now.size > 0) {
        uint32_t at = below((uint32_t)(now.size < other->size ? now.size : other->size));
        now.size = other->size;
        memcpy(now.bytes + at, other->bytes + at, now.size - at);
    }
}

static void mutate(void)
{
    uint32_t newest = 1 + (uint32_t)kept / 4;
    now = corpus[below(2) == 0 ? below((uint32_t)kept) : (uint32_t)kept - 1 - below(newest)];
    for (uint32_t times = 1u << below(1 + below(5)); times > 0; times--) {
        uint32_t how = below(8);
        if (now.size == 0 || how == 6) {
            insert_some();
        } else if (how == 5) {
            remove_some();
        } else if (how == 7 && below(4) == 0) {
            splice();
        } else {
            change_a_byte(how % 4);
        }
    }
}

/* ---- the run */

static unsigned edges(void)
{
    unsigned count = 0;
    for (size_t i = 0; i < EDGES; i++) {
        count += seen[i] != 0;
    }
    return count;
}

static int again(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 2;
    }
    now.size = fread(now.bytes, 1, sizeof now.bytes, file);
    (void)fclose(file);
    (void)execute();
    printf("%s: nothing failed\n", path);
    return 0;
}

int main(int count, char **words)
{
    char *end = words[0];
    double seconds = count > 1 ? strtod(words[1], &end) : 0;
    time_t start = time(NULL);
    unsigned long done = 0;
    program = words[0];
    random_state = count > 2 ? strtoull(words[2], NULL, 10) * 2 + 1 : UINT64_C(0x9e3779b97f4a7c15);
    (void)atexit(keep_failed);
    __sanitizer_set_death_callback(keep_failed);
    fuzz_begin();
    if (count > 1 && *end != '\0') {
        return again(words[1]);
    }
    while (seconds > 0 ? difftime(time(NULL), start) < seconds : done < fuzz_executions) {
        mutate();
        done++;
        if (execute() && kept < CORPUS) {
            corpus[kept++] = now;
        }
    }
    const char *name = strrchr(program, '/');
    printf("%-11s %9lu executions, %5u edges, %4zu inputs kept\n",
           name != NULL ? name + 1 : program, done, edges(), kept);
    return 0;
}
