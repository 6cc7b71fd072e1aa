/* What a container's first instruction may be: it asks about itself. Static, so that it runs in an image with nothing
 * else, and nothing comes before its first question.
 *
 *   asker <question>…   asks in this order, writes a line for each, and ends with SIGTERM
 *
 * A question is "V3<rest>" or "V4<rest>" (the URL that the container was given, and what stands behind it), "FILE" (the
 * metadata file that it was told of), or "<address>:<port><path>". A line is "<question> <status> <body>", the body
 * without newlines; the status of a file is 200, of no answer 0. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { most = 1 << 20 };

static char answer[most];

static void end(int number) {
    (void)number;
    _exit(0);
}

/* Reads to the end; the length. */
static size_t read_all(int descriptor) {
    size_t length = 0;
    while (length < most - 1) {
        const ssize_t count = read(descriptor, answer + length, most - 1 - length);
        if (count <= 0)
            break;
        length += (size_t)count;
    }
    answer[length] = 0;
    return length;
}

static void tell(const char* question, int status, char* body) {
    for (char* c = body; *c != 0; ++c)
        if (*c == '\n')
            *c = ' ';
    printf("%s %d %s\n", question, status, body);
    fflush(stdout);
}

static void read_file(const char* question) {
    const char* path = getenv("ECS_CONTAINER_METADATA_FILE");
    const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        tell(question, 0, strdup("no file"));
        return;
    }
    read_all(file);
    close(file);
    tell(question, 200, answer);
}

/* For three seconds: on a machine under load, while networks of other containers are made, a first packet was seen now
 * and then that the kernel did not send on to the agent ("No route to host"). What is asked here is what is answered. */
static int connect_to(const struct sockaddr_in* peer) {
    const struct timeval limit = {.tv_sec = 30};
    const struct timespec pause = {.tv_nsec = 100000000};
    for (int attempt = 0; attempt < 30; ++attempt) {
        const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (connect(connection, (const struct sockaddr*)peer, sizeof *peer) == 0)
            return connection;
        const int failure = errno;
        close(connection);
        if (failure != EHOSTUNREACH && failure != ENETUNREACH)
            break;
        nanosleep(&pause, NULL);
    }
    return -1;
}

/* `where` is "<address>[:<port>]<path>". */
static void get(const char* question, const char* where) {
    char host[64] = "";
    char request[1024];
    const char* path = strchr(where, '/');
    if (path == NULL || (size_t)(path - where) >= sizeof host) {
        tell(question, 0, strdup("no URL"));
        return;
    }
    memcpy(host, where, (size_t)(path - where));
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(80)};
    char* colon = strchr(host, ':');
    if (colon != NULL) {
        peer.sin_port = htons((unsigned short)atoi(colon + 1));
        *colon = 0;
    }
    const int length =
        snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host);
    if (inet_pton(AF_INET, host, &peer.sin_addr) != 1) {
        tell(question, 0, strdup("no address"));
        return;
    }
    const int connection = connect_to(&peer);
    if (connection < 0 || write(connection, request, (size_t)length) != length) {
        tell(question, 0, strerror(errno));
        return;
    }
    read_all(connection);
    close(connection);
    char* body = strstr(answer, "\r\n\r\n");
    tell(question, strlen(answer) > 9 ? atoi(answer + 9) : 0, body == NULL ? strdup("") : body + 4);
}

static void ask(const char* question) {
    if (strcmp(question, "FILE") == 0) {
        read_file(question);
        return;
    }
    const char* variable = strncmp(question, "V3", 2) == 0   ? "ECS_CONTAINER_METADATA_URI"
                           : strncmp(question, "V4", 2) == 0 ? "ECS_CONTAINER_METADATA_URI_V4"
                                                             : NULL;
    if (variable == NULL) {
        get(question, question);
        return;
    }
    char url[512] = "";
    const char* base = getenv(variable);
    snprintf(url, sizeof url, "%s%s", base == NULL ? "" : base, question + 2);
    get(question, strncmp(url, "http://", 7) == 0 ? url + 7 : "");
}

int main(int count, char** questions) {
    signal(SIGTERM, end);
    for (int i = 1; i < count; ++i)
        ask(questions[i]);
    for (;;)
        pause();
}
