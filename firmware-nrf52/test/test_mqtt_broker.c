/*
 * The codec against a real mosquitto, which this program starts on a free port of 127.0.0.1 with a
 * folder of its own and stops again. `make test` says so if none is installed.
 */
#define _GNU_SOURCE
#include "mqtt.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define OUT_SIZE 2048u /* holds whole frames of 1024 bytes: here we play the gateway, too */
#define SPAN(text) ((struct otakey_span){(const uint8_t *)(text), sizeof(text) - 1u})
#define SUBACK_SIZE 5u

static char folder[] = "/tmp/otakey-broker-XXXXXX";
static pid_t broker;
static uint16_t port;

static struct otakey_mqtt mqtt;
static uint8_t in[OTAKEY_MQTT_INPUT_SIZE];
static uint8_t out[OUT_SIZE];
static int stream = -1;

/* What came of the socket and was not taken yet. */
static uint8_t pending[4096];
static size_t pending_size;

static uint64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

/* ---- the broker */

static void run_and_wait(char *const arguments[])
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        (void)execvp(arguments[0], arguments);
        _exit(127);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void stop_broker(void)
{
    if (broker > 0) {
        (void)kill(broker, SIGTERM);
        (void)waitpid(broker, NULL, 0);
        broker = 0;
    }
    char *const remove[] = {(char[]){"rm"}, (char[]){"-rf"}, folder, NULL};
    run_and_wait(remove);
}

static struct sockaddr_in address(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void find_free_port(void)
{
    struct sockaddr_in name = address();
    socklen_t size = sizeof(name);
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(probe, (struct sockaddr *)&name, size) == 0);
    CHECK(getsockname(probe, (struct sockaddr *)&name, &size) == 0);
    port = ntohs(name.sin_port);
    CHECK(close(probe) == 0);
}

static void start_broker(void)
{
    char passwords[64], config[64], path[1024];
    const char *present = getenv("PATH");
    (void)snprintf(path, sizeof(path), "%s:/usr/sbin", present == NULL ? "/usr/bin:/bin" : present);
    CHECK(setenv("PATH", path, 1) == 0);
    CHECK(mkdtemp(folder) != NULL);
    CHECK(atexit(stop_broker) == 0);
    find_free_port();
    (void)snprintf(passwords, sizeof(passwords), "%s/passwords", folder);
    (void)snprintf(config, sizeof(config), "%s/broker.conf", folder);
    char *const make_password[] = {(char[]){"mosquitto_passwd"}, (char[]){"-b"}, (char[]){"-c"},
                                   passwords, (char[]){"device"}, (char[]){"test password"}, NULL};
    run_and_wait(make_password);
    FILE *file = fopen(config, "w");
    CHECK(file != NULL);
    CHECK(fprintf(file, "listener %u 127.0.0.1\npassword_file %s\nlog_dest none\n%s",
                  (unsigned)port, passwords, geteuid() == 0 ? "user root\n" : "") > 0);
    CHECK(fclose(file) == 0);
    broker = fork();
    CHECK(broker >= 0);
    if (broker == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void)execlp("mosquitto", "mosquitto", "-c", config, (char *)NULL);
        _exit(127);
    }
}

/* ---- the stream */

static void open_stream(void)
{
    if (stream >= 0) {
        (void)close(stream);
    }
    pending_size = 0;
    struct sockaddr_in name = address();
    for (uint64_t until = now() + 5000;;) {
        stream = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(stream, (struct sockaddr *)&name, sizeof(name)) == 0) {
            return;
        }
        CHECK(close(stream) == 0 && now() < until);
        (void)poll(NULL, 0, 20);
    }
}

static void send_output(void)
{
    struct otakey_span output = otakey_mqtt_output(&mqtt);
    if (output.size > 0) {
        ssize_t sent = send(stream, output.data, output.size, MSG_NOSIGNAL);
        CHECK(sent > 0);
        otakey_mqtt_sent(&mqtt, (size_t)sent);
    }
}

/* Waits for bytes until then. False if there are none; *end if the other side closed. */
static bool receive(uint64_t until, bool *end)
{
    struct pollfd wait = {.fd = stream, .events = POLLIN};
    uint64_t time = now();
    if (poll(&wait, 1, until > time ? (int)(until - time) : 0) <= 0) {
        return false;
    }
    ssize_t size = recv(stream, pending + pending_size, sizeof(pending) - pending_size, 0);
    *end = size <= 0;
    pending_size += size > 0 ? (size_t)size : 0;
    return size > 0;
}

static void drop_pending(size_t size)
{
    pending_size -= size;
    memmove(pending, pending + size, pending_size);
}

/* The next event, or NOTHING after so many milliseconds. Keeps alive meanwhile. */
static struct otakey_mqtt_event next_event(uint64_t patience)
{
    struct otakey_mqtt_event event;
    bool end = false;
    for (uint64_t until = now() + patience;;) {
        send_output();
        size_t used;
        struct otakey_span bytes = {pending, pending_size};
        CHECK(otakey_mqtt_input(&mqtt, bytes, now(), &used, &event) == OTAKEY_OK);
        drop_pending(used);
        if (event.kind != OTAKEY_MQTT_NOTHING || now() >= until) {
            send_output();
            return event;
        }
        uint64_t next = otakey_mqtt_next(&mqtt);
        (void)receive(next < until ? next : until, &end);
        CHECK(!end);
        CHECK(otakey_mqtt_tick(&mqtt, now()) == OTAKEY_OK);
    }
}

static struct otakey_mqtt_event log_in(const char *password, uint16_t keep_alive)
{
    struct otakey_mqtt_login login = {.client_id = SPAN("otakey-codec-test"),
                                      .user_name = SPAN("device"),
                                      .password = {(const uint8_t *)password, strlen(password)},
                                      .keep_alive = keep_alive};
    open_stream();
    CHECK(otakey_mqtt_connect(&mqtt, &login, now()) == OTAKEY_OK);
    return next_event(5000);
}

/* The codec subscribes with QoS 0 only, so the test does it past the codec, with QoS 1, and takes
 * the SUBACK itself. */
static void subscribe(void)
{
    static const uint8_t packet[] = {0x82, 13,  0,   1,   0,   8,   'o', 't',
                                     'a',  'k', 'e', 'y', '/', '1', 1};
    static const uint8_t suback[SUBACK_SIZE] = {0x90, 3, 0, 1, 1};
    bool end = false;
    CHECK(send(stream, packet, sizeof(packet), MSG_NOSIGNAL) == (ssize_t)sizeof(packet));
    while (pending_size < SUBACK_SIZE) {
        CHECK(receive(now() + 5000, &end));
    }
    CHECK(memcmp(pending, suback, SUBACK_SIZE) == 0);
    drop_pending(SUBACK_SIZE);
}

/* Publishes to ourselves: PUBACK of the broker and the message come in either order. */
static void echo(const uint8_t *payload, size_t size, uint8_t qos)
{
    struct otakey_span span = {payload, size};
    int id = otakey_mqtt_publish(&mqtt, SPAN("otakey/1"), span, qos, now());
    CHECK(qos == 0 ? id == 0 : id > 0);
    bool came = false;
    bool acked = qos == 0;
    while (!came || !acked) {
        struct otakey_mqtt_event event = next_event(5000);
        if (event.kind == OTAKEY_MQTT_ACKED) {
            CHECK(!acked && event.packet_id == id);
            acked = true;
        } else {
            CHECK(event.kind == OTAKEY_MQTT_MESSAGE && !came && !event.duplicate);
            CHECK(event.qos == qos && event.payload.size == size);
            CHECK(size == 0 || memcmp(event.payload.data, payload, size) == 0);
            CHECK(event.topic.size == 8 && memcmp(event.topic.data, "otakey/1", 8) == 0);
            came = true;
        }
    }
}

/* The codec's own subscription: messages within and beyond its buffer, and one after these. */
static void hears(void)
{
    static const size_t sizes[] = {0, 1, 1019, 1020, 1021, 1900, 0};
    static uint8_t payload[1900];
    otakey_mqtt_subscribe(&mqtt, SPAN("d/otakey/notify"), now());
    struct otakey_mqtt_event event = next_event(5000);
    CHECK(event.kind == OTAKEY_MQTT_SUBSCRIBED && event.code == 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct otakey_span span = {payload, sizes[i]};
        CHECK(otakey_mqtt_publish(&mqtt, SPAN("d/otakey/notify"), span, 0, now()) == 0);
        event = next_event(5000);
        CHECK(event.kind == OTAKEY_MQTT_MESSAGE && event.qos == 0 && event.topic.size == 15);
        size_t most = sizeof in - 2 - 15;
        CHECK(event.payload.size == (sizes[i] < most ? sizes[i] : most));
    }
}

int main(void)
{
    static uint8_t frame[OTAKEY_FRAME_MAX];
    for (size_t i = 0; i < sizeof(frame); i++) {
        frame[i] = (uint8_t)(i * 31u);
    }
    start_broker();
    otakey_mqtt_init(&mqtt, in, sizeof(in), out, sizeof(out));

    struct otakey_mqtt_event event = log_in("wrong password", 60);
    CHECK(event.kind == OTAKEY_MQTT_REFUSED && event.code == 5);

    event = log_in("test password", 1);
    CHECK(event.kind == OTAKEY_MQTT_CONNECTED);
    subscribe();
    unsigned echoes = 0;
    for (size_t size = 0; size <= sizeof(frame); size += 1u + size / 8u, echoes += 2) {
        echo(frame, size, 0);
        echo(frame, size, 1);
    }
    echo(frame, sizeof(frame), 1);

    /* Three times the keep-alive of silence: the pings keep it up, and no message comes again. */
    uint64_t until = now() + 3000;
    while (now() < until) {
        CHECK(next_event(until - now()).kind == OTAKEY_MQTT_NOTHING);
    }
    echo(frame, 10, 1);
    hears();

    otakey_mqtt_disconnect(&mqtt);
    send_output();
    bool end = false;
    while (!end) {
        CHECK(receive(now() + 5000, &end) || end);
    }
    printf("           %u messages there and back, 3 s of keep-alive of 1 s\n", echoes + 2u);
    return finish("broker");
}
