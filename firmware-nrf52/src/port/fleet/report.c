#define _DEFAULT_SOURCE
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "otakey/crypto.h"

/* ---- distinct keys */

static int by_hash(const void *one, const void *other)
{
    return memcmp(one, other, OTAKEY_HASH_SIZE);
}

/* The hash of the key that its flash holds; false if it holds none. */
static bool hash_of_key(const struct instance *instance, uint8_t hash[OTAKEY_HASH_SIZE])
{
    const struct otakey_store store = {&instance->flash.port};
    struct otakey_survey survey;
    struct otakey_record record;
    otakey_store_survey(&store, &survey);
    bool found = otakey_store_get(&store, survey.current, &record) == OTAKEY_OK;
    const struct otakey_span key = {record.device_key, sizeof record.device_key};
    otakey_sha256(hash, &key, 1);
    otakey_wipe(&record, sizeof record);
    return found;
}

static bool count_same_keys(struct report *report, const struct fleet *fleet)
{
    size_t count = 0;
    uint8_t(*hashes)[OTAKEY_HASH_SIZE] = calloc(fleet->options->devices, sizeof *hashes);
    if (hashes == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < fleet->options->devices; i++) {
        count += hash_of_key(&fleet->instances[i], hashes[count]);
    }
    qsort(hashes, count, sizeof *hashes, by_hash);
    for (size_t i = 1; i < count; i++) {
        report->same_keys += by_hash(hashes[i - 1], hashes[i]) == 0;
    }
    free(hashes);
    return true;
}

/* ---- figures */

static int by_size(const void *one, const void *other)
{
    uint64_t a;
    uint64_t b;
    memcpy(&a, one, sizeof a);
    memcpy(&b, other, sizeof b);
    return (a > b) - (a < b);
}

static double quantile(const uint64_t *sorted, uint32_t count, double part)
{
    return count == 0 ? 0 : (double)sorted[(uint32_t)(part * (count - 1u))] / 1000.0;
}

static bool time_enrollments(struct report *report, const struct fleet *fleet)
{
    uint64_t *took = calloc(fleet->options->devices, sizeof *took);
    uint64_t last = 0;
    if (took == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < fleet->options->devices; i++) {
        const struct instance *instance = &fleet->instances[i];
        if (instance->enrolled_at != 0) {
            took[report->enrolled++] = instance->enrolled_at - instance->due_at;
            last = instance->enrolled_at > last ? instance->enrolled_at : last;
        }
    }
    qsort(took, report->enrolled, sizeof *took, by_size);
    report->p50 = quantile(took, report->enrolled, 0.5);
    report->p99 = quantile(took, report->enrolled, 0.99);
    report->most = quantile(took, report->enrolled, 1);
    free(took);
    if (report->enrolled > 0) {
        report->enrollments_a_second =
            report->enrolled * 1e6 / (double)(last - fleet->instances[0].due_at);
    }
    return true;
}

static void measure_process(struct report *report, const struct fleet *fleet,
                            const struct machine *machine)
{
    const struct tally *tally = &fleet->world.tally;
    uint32_t devices = fleet->options->devices;
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    double micros = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    report->cpu = micros / 1000.0 / devices;
    report->cpu_least = ((double)tally->boots * machine->self_test +
                         (double)tally->grants * 3.0 * machine->x25519) / devices;
    report->peak_kib = usage.ru_maxrss;
    report->bytes_each = sizeof(struct instance);
    report->device_each = sizeof(struct otakey_device);
    report->flash_each = sizeof(struct sim_flash);
}

bool report_make(struct report *report, const struct fleet *fleet,
                 const struct machine *machine)
{
    *report = (struct report){0};
    measure_process(report, fleet, machine);
    for (uint32_t i = 0; i < fleet->options->devices; i++) {
        const struct instance *instance = &fleet->instances[i];
        report->accepted += instance->accepted;
        report->bricked += instance->bricked;
        report->taken += instance->taken;
        report->rotations += instance->epoch > 1 ? instance->epoch - 1u : 0;
    }
    for (uint32_t code = 0; code < INSTANCE_CODES; code++) {
        report->refused += fleet->world.tally.refused[code];
    }
    return time_enrollments(report, fleet) && count_same_keys(report, fleet);
}

bool report_is_good(const struct report *report, const struct fleet *fleet)
{
    return report->accepted == fleet->options->devices && report->same_keys == 0;
}

/* ---- texts */

static uint32_t unfinished(const struct report *report, const struct fleet *fleet)
{
    return fleet->options->devices - report->accepted - report->bricked - report->taken;
}

static void print_refusals(const struct tally *tally, FILE *file)
{
    for (uint32_t code = 0; code < INSTANCE_CODES; code++) {
        if (tally->refused[code] > 0) {
            fprintf(file, "%18s %12" PRIu64 "  answered with ERROR %u\n", "", tally->refused[code],
                    (unsigned)code);
        }
    }
}

void report_print(const struct report *report, const struct fleet *fleet, FILE *file)
{
    const struct fleet_options *options = fleet->options;
    const struct tally *tally = &fleet->world.tally;
    fprintf(file, "devices            %12u  power-ons at %g a second, seed %" PRIu64 "\n",
            (unsigned)options->devices, options->rate, options->seed);
    if (options->time_scale < 1) {
        fprintf(file, "time scale         %12g  of waits without a connection\n",
                options->time_scale);
    }
    fprintf(file, "enrolled           %12u  %.1f a second\n", (unsigned)report->enrolled,
            report->enrollments_a_second);
    fprintf(file, "%18s p50 %.1f ms, p99 %.1f ms, longest %.1f ms after power-on\n", "",
            report->p50, report->p99, report->most);
    fprintf(file, "rotations          %12" PRIu64 "\n", report->rotations);
    fprintf(file, "power cuts         %12" PRIu64 "  in %" PRIu64 " power-ons, %" PRIu64
                  " times both markers at their limit\n", tally->cuts, tally->boots, tally->limits);
    fprintf(file, "refused            %12" PRIu64 "\n", report->refused);
    print_refusals(tally, file);
    fprintf(file, "gave up, wiped     %12" PRIu64 ", %" PRIu64 "; flash faults %" PRIu64 "\n",
            tally->gave_up, tally->wiped, tally->faults);
    fprintf(file, "connections        %12" PRIu64 "\n", tally->connections);
    fprintf(file, "frames             %12" PRIu64 "  out, %" PRIu64 " in\n", tally->frames_out,
            tally->frames_in);
    fprintf(file, "bytes a device     %12.1f  out, %.1f in (MQTT)\n",
            (double)tally->bytes_out / options->devices,
            (double)tally->bytes_in / options->devices);
    fprintf(file, "time               %12.1f  s, and %.1f s for the proof\n",
            (double)fleet->life / 1e6, (double)fleet->proof / 1e6);
    fprintf(file, "CPU a device       %12.2f  ms of this process, of which self-tests and curve "
                  "%.2f\n", report->cpu, report->cpu_least);
    fprintf(file, "memory a device    %12zu  bytes: %zu of the firmware, %zu of flash; peak of all "
                  "%ld KiB\n", report->bytes_each, report->device_each, report->flash_each,
            report->peak_kib);
    fprintf(file, "keys accepted      %12u  after one more reboot\n", (unsigned)report->accepted);
    fprintf(file, "bricked            %12u\n", (unsigned)report->bricked);
    fprintf(file, "not proven in time %12u  (%u s)\n", (unsigned)unfinished(report, fleet),
            (unsigned)options->seconds);
    fprintf(file, "same key as other  %12u\n", (unsigned)report->same_keys);
    if (report->taken > 0) {
        fprintf(file, "%u ids were enrolled before: take another --prefix\n",
                (unsigned)report->taken);
    }
}

void report_print_json(const struct report *report, const struct fleet *fleet, FILE *file)
{
    const struct fleet_options *options = fleet->options;
    const struct tally *tally = &fleet->world.tally;
    fprintf(file, "{\"devices\":%u,\"rate\":%g,\"rotationsEach\":%u,\"flashOperationsPerCut\":%u,"
                  "\"seed\":%" PRIu64 ",\"timeScale\":%g,\"connectionsAtOnce\":%u,"
                  "\"prefix\":\"%s\",",
            (unsigned)options->devices, options->rate, (unsigned)options->rotations,
            (unsigned)options->cut_every, options->seed, options->time_scale,
            (unsigned)options->at_once, options->prefix);
    fprintf(file, "\"enrolled\":%u,\"rotations\":%" PRIu64 ",\"accepted\":%u,\"bricked\":%u,"
                  "\"unfinished\":%u,\"idsTaken\":%u,\"sameKeys\":%u,",
            (unsigned)report->enrolled, report->rotations, (unsigned)report->accepted,
            (unsigned)report->bricked, (unsigned)unfinished(report, fleet),
            (unsigned)report->taken, (unsigned)report->same_keys);
    fprintf(file, "\"powerOns\":%" PRIu64 ",\"powerCuts\":%" PRIu64 ",\"markersAtLimit\":%" PRIu64
                  ",\"gaveUp\":%" PRIu64 ",\"wiped\":%" PRIu64 ",\"flashFaults\":%" PRIu64 ",",
            tally->boots, tally->cuts, tally->limits, tally->gave_up, tally->wiped, tally->faults);
    fprintf(file, "\"refused\":%" PRIu64 ",\"refusedByCode\":{", report->refused);
    for (uint32_t code = 0, several = 0; code < INSTANCE_CODES; code++) {
        if (tally->refused[code] > 0) {
            fprintf(file, "%s\"%u\":%" PRIu64, several++ > 0 ? "," : "", (unsigned)code,
                    tally->refused[code]);
        }
    }
    fprintf(file, "},\"connections\":%" PRIu64 ",\"framesOut\":%" PRIu64 ",\"framesIn\":%" PRIu64
                  ",\"bytesOut\":%" PRIu64 ",\"bytesIn\":%" PRIu64 ",",
            tally->connections, tally->frames_out, tally->frames_in, tally->bytes_out,
            tally->bytes_in);
    fprintf(file, "\"enrollmentsPerSecond\":%.1f,\"enrollmentMillis\":{\"p50\":%.3f,\"p99\":%.3f,"
                  "\"max\":%.3f},\"lifeSeconds\":%.3f,\"proofSeconds\":%.3f,",
            report->enrollments_a_second, report->p50, report->p99, report->most,
            (double)fleet->life / 1e6, (double)fleet->proof / 1e6);
    fprintf(file, "\"cpuMillisPerDevice\":%.3f,\"cpuMillisPerDeviceOfCrypto\":%.3f,"
                  "\"bytesPerDevice\":%zu,\"peakKiB\":%ld}\n",
            report->cpu, report->cpu_least, report->bytes_each, report->peak_kib);
}
