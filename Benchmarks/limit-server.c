// The least that a fan-out server can do: it finds the frames in what publishers send and forwards each
// batch with one send per subscriber. No protocol, no store, no sequence, one thread. Brokers are measured
// against it. Build: cc -O2 -o limit-server limit-server.c; run: limit-server PORT
//
// Every frame is a 4-byte little-endian length and that many bytes. The first frame of a connection is
// 'S' and a 4-byte topic (subscribe) or 'P' (publish); it is sent back. A publisher's frames are a 4-byte
// topic and a body; a topic's subscribers get them unchanged.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS = 65536, TOPICS = 65536, READ_BYTES = 1 << 18, EVENTS = 1024, UNSENT_BYTES = 64 << 20 };

typedef struct {
  uint8_t *bytes;
  uint32_t start, end, capacity;
} Buffer;

typedef struct {
  char role;      // 0 before the first frame, then 'S' or 'P'
  uint32_t topic; // of a subscriber
  Buffer input;   // the beginning of a frame whose end has not come
  Buffer unsent;  // what the socket did not take
} Connection;

typedef struct {
  int *subscribers;
  uint32_t count;
  Buffer batch; // what this round brought
} Topic;

static Connection connections[DESCRIPTORS];
static Topic topics[TOPICS];
static uint32_t touched[TOPICS], touched_count;
static uint8_t input[READ_BYTES];
static int poller;

static void *sure(void *pointer) {
  if (!pointer) abort(); // out of memory
  return pointer;
}

static void append(Buffer *buffer, const void *bytes, uint32_t count) {
  if (buffer->end + count > buffer->capacity) {
    buffer->capacity = (buffer->end + count) * 2;
    buffer->bytes = sure(realloc(buffer->bytes, buffer->capacity));
  }
  memcpy(buffer->bytes + buffer->end, bytes, count);
  buffer->end += count;
}

static void clear(Buffer *buffer) {
  free(buffer->bytes);
  memset(buffer, 0, sizeof *buffer);
}

static uint32_t number(const uint8_t *bytes) {
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void watch(int operation, int descriptor, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = descriptor};
  epoll_ctl(poller, operation, descriptor, &event);
}

static void drop(int descriptor) {
  Connection *connection = &connections[descriptor];
  if (connection->role == 'S') {
    Topic *topic = &topics[connection->topic];
    for (uint32_t i = 0; i < topic->count; i++)
      if (topic->subscribers[i] == descriptor) topic->subscribers[i--] = topic->subscribers[--topic->count];
  }
  clear(&connection->input);
  clear(&connection->unsent);
  memset(connection, 0, sizeof *connection);
  close(descriptor);
}

// Sends what the socket takes and keeps the rest. A connection that failed is dropped when it is read.
static void deliver(int descriptor, const uint8_t *bytes, uint32_t count) {
  Buffer *unsent = &connections[descriptor].unsent;
  ssize_t sent = 0;
  if (unsent->end == 0) {
    sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    if (sent == (ssize_t)count) return;
    if (sent < 0 && errno != EAGAIN) return;
    sent = sent < 0 ? 0 : sent;
    watch(EPOLL_CTL_MOD, descriptor, EPOLLIN | EPOLLOUT);
  }
  if (unsent->end - unsent->start > UNSENT_BYTES) return (void)shutdown(descriptor, SHUT_RDWR);
  append(unsent, bytes + sent, count - sent);
}

static void resume(int descriptor) {
  Buffer *unsent = &connections[descriptor].unsent;
  ssize_t sent = send(descriptor, unsent->bytes + unsent->start, unsent->end - unsent->start, MSG_NOSIGNAL);
  if (sent > 0) unsent->start += sent;
  if (unsent->start < unsent->end) return;
  clear(unsent);
  watch(EPOLL_CTL_MOD, descriptor, EPOLLIN);
}

// A frame with its length in front. Returns 0 if the connection must go.
static int handle(int descriptor, const uint8_t *frame, uint32_t count) {
  Connection *connection = &connections[descriptor];
  if (connection->role == 'P') {
    if (count < 8 || number(frame + 4) >= TOPICS) return 0;
    Topic *topic = &topics[number(frame + 4)];
    if (topic->batch.end == 0) touched[touched_count++] = number(frame + 4);
    append(&topic->batch, frame, count);
    return 1;
  }
  if (connection->role != 0 || count < 5) return 0;
  if (frame[4] == 'S') {
    if (count != 9 || number(frame + 5) >= TOPICS) return 0;
    connection->topic = number(frame + 5);
    Topic *topic = &topics[connection->topic];
    topic->subscribers = sure(realloc(topic->subscribers, (topic->count + 1) * sizeof(int)));
    topic->subscribers[topic->count++] = descriptor;
  }
  connection->role = frame[4];
  deliver(descriptor, frame, count);
  return 1;
}

static void receive(int descriptor) {
  Buffer *kept = &connections[descriptor].input;
  uint32_t count = kept->end, done = 0;
  memcpy(input, kept->bytes ? kept->bytes : input, count);
  ssize_t got = recv(descriptor, input + count, sizeof input - count, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(descriptor);
  count += got;
  while (count - done >= 4) {
    uint32_t length = number(input + done);
    if (length > READ_BYTES - 4) return drop(descriptor);
    if (count - done - 4 < length) break;
    if (!handle(descriptor, input + done, length + 4)) return drop(descriptor);
    done += length + 4;
  }
  clear(kept);
  if (done < count) append(kept, input + done, count - done);
}

static void forward(void) {
  for (uint32_t i = 0; i < touched_count; i++) {
    Topic *topic = &topics[touched[i]];
    for (uint32_t k = 0; k < topic->count; k++)
      deliver(topic->subscribers[k], topic->batch.bytes, topic->batch.end);
    topic->batch.end = 0;
  }
  touched_count = 0;
}

static void welcome(int listener) {
  int accepted, one = 1;
  while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    watch(EPOLL_CTL_ADD, accepted, EPOLLIN);
  }
}

int main(int argc, char **argv) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
  setrlimit(RLIMIT_NOFILE, &limit);
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons(argc > 1 ? atoi(argv[1]) : 7500);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
    perror("limit-server: cannot listen; give a free port as the argument");
    return 1;
  }
  poller = epoll_create1(0);
  watch(EPOLL_CTL_ADD, listener, EPOLLIN);
  for (;;) {
    static struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int descriptor = events[i].data.fd;
      if (descriptor == listener) welcome(listener);
      if (events[i].events & EPOLLOUT) resume(descriptor);
      if (descriptor != listener && events[i].events & ~EPOLLOUT) receive(descriptor);
    }
    forward();
  }
}
