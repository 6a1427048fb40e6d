/*
 * The log on the second UART: its driver writes the registers of a simulated one. No emulator has
 * that UART; the image's lines are looked at in `make e2e`.
 */
#include <string.h>

#include "otakey/device.h"
#include "otakey/platform.h"
#include "sim_uarte.h"

static bool sent(const char *expected)
{
    sim_uarte_rest();
    return sim_uarte.size == strlen(expected) &&
           memcmp(sim_uarte.sent, expected, sim_uarte.size) == 0;
}

static void begin(void)
{
    sim_uarte_reset();
    log_init();
}

static void lines_leave_one_after_the_other(void)
{
    begin();
    log_line("", "enrolled", 1, 0);
    log_line("platform ", "accepted", 1, 0);
    log_line("", "refused", 4294967295u, 10);
    log_line("", "polled", 20, 3);
    CHECK(sent("enrolled 1 0\r\nplatform accepted 1 0\r\nrefused 4294967295 10\r\npolled 20 3\r\n"));
    CHECK(sim_uarte.cut_short == 0);
}

static void a_line_after_a_rest(void)
{
    begin();
    log_line("", "stored", 7, 0);
    CHECK(sent("stored 7 0\r\n"));
    log_line("", "rotated", 7, 0);
    CHECK(sent("stored 7 0\r\nrotated 7 0\r\n"));
}

/* The device goes on all the same; the line under way is given up. */
static void one_that_stands_still_holds_nobody_up(void)
{
    begin();
    log_line("", "stored", 1, 0);
    sim_uarte.stuck = true;
    log_line("", "fault", 0, 17);
    CHECK(sim_uarte.cut_short == 0);
    sim_uarte.stuck = false;
    CHECK(sent("fault 0 17\r\n"));
    CHECK(sim_uarte.cut_short == 1);
}

static void is_whole(const char *subject, const char *name)
{
    char expected[128];
    begin();
    log_line(subject, name, 4294967295u, 4294967295u);
    snprintf(expected, sizeof expected, "%s%s 4294967295 4294967295\r\n", subject, name);
    CHECK(sent(expected));
}

static void every_event_fits_a_line(void)
{
    for (unsigned type = 0; type <= OTAKEY_EVENT_FAULT; type++) {
        is_whole("", otakey_event_name((enum otakey_event_type)type));
    }
    for (unsigned event = 0; event < OTAKEY_PLATFORM_EVENTS; event++) {
        is_whole("platform ", otakey_platform_event_name((enum otakey_platform_event)event));
    }
}

static void a_name_that_is_too_long_is_cut(void)
{
    char name[200];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    begin();
    log_line("", name, 1, 2);
    sim_uarte_rest();
    CHECK(sim_uarte.size == 64);
}

int main(void)
{
    lines_leave_one_after_the_other();
    a_line_after_a_rest();
    one_that_stands_still_holds_nobody_up();
    every_event_fits_a_line();
    a_name_that_is_too_long_is_cut();
    return finish("log");
}
