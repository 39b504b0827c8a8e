#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "descriptor_list.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "raw.h"

namespace smem::descriptors {
namespace {

bool starts_with(const char* text, const char* start) { return strncmp(text, start, strlen(start)) == 0; }

struct Filling {
  List* list;
  int error = 0;
  int fd = -1;
  Object* object = nullptr;
};

bool fail(Filling* filling, int error) {
  filling->error = error;
  return false;
}

// tfd:        5 events:       19 data:                5  pos:0 ino:1 sdev:2
bool record_watch(const char* line, Filling* filling) {
  if (filling->list->watch_count == kMaxWatches) return fail(filling, E2BIG);
  Watch& watch = filling->list->watches[filling->list->watch_count++];
  watch.epoll = filling->object->fd;
  watch.fd = static_cast<int>(raw::parse_number(&line, 10));
  const char* const events = strstr(line, "events:");
  const char* const data = strstr(line, "data:");
  if (!events || !data) return fail(filling, EBADMSG);
  const char* at = raw::value_of(events, "events:");
  watch.events = static_cast<uint32_t>(raw::parse_number(&at, 16));
  at = raw::value_of(data, "data:");
  watch.data = raw::parse_number(&at, 16);
  return true;
}

bool record_detail(const char* line, void* data) {
  Filling* const filling = static_cast<Filling*>(data);
  Object& object = *filling->object;
  if (const char* value = raw::value_of(line, "flags:")) object.flags = static_cast<int>(raw::parse_number(&value, 8));
  if (const char* value = raw::value_of(line, "eventfd-count:")) object.count = raw::parse_number(&value, 16);
  if (const char* value = raw::value_of(line, "eventfd-id:")) object.id = raw::parse_number(&value, 10) + 1;
  if (const char* value = raw::value_of(line, "eventfd-semaphore:")) object.semaphore = *value == '1';
  if (const char* value = raw::value_of(line, "tfd:")) return record_watch(value, filling);
  // What is watched cannot be asked for again: the kernel does not tell its path.
  if (raw::value_of(line, "inotify wd:")) return fail(filling, EBUSY);
  if (object.kind == Kind::kIoUring) {
    if (const char* value = raw::value_of(line, "ino:")) object.id = raw::parse_number(&value, 10);
    io_uring::read_line(line, &object.ring);
  }
  return true;
}

bool record_descriptor(long number, void* data) {
  Filling* const filling = static_cast<Filling*>(data);
  filling->fd = static_cast<int>(number);
  char target[64];
  const ssize_t size = readlink(raw::Path("/proc/self/fd/", number).text, target, sizeof target - 1);
  if (size < 0) return errno == ENOENT ? true : fail(filling, errno);
  target[size] = '\0';
  if (starts_with(target, "anon_inode:[timerfd]")) return fail(filling, EBUSY);
  Object object{};
  object.fd = filling->fd;
  if (starts_with(target, "anon_inode:[eventfd]")) {
    object.kind = Kind::kEventfd;
  } else if (starts_with(target, "anon_inode:[eventpoll]")) {
    object.kind = Kind::kEpoll;
  } else if (starts_with(target, "anon_inode:inotify")) {
    object.kind = Kind::kInotify;
  } else if (starts_with(target, "anon_inode:[io_uring]")) {
    object.kind = Kind::kIoUring;
  } else if (starts_with(target, "pipe:[")) {
    object.kind = Kind::kPipe;
    const char* inode = target + strlen("pipe:[");
    object.id = raw::parse_number(&inode, 10);
  } else {
    return true;
  }
  if (filling->list->object_count == kMaxObjects) return fail(filling, E2BIG);
  filling->object = &filling->list->objects[filling->list->object_count++];
  *filling->object = object;
  const int error = raw::each_line(raw::Path("/proc/self/fdinfo/", number).text, record_detail, filling);
  if (error != 0) return fail(filling, error);
  if (object.kind == Kind::kIoUring && filling->error == 0) filling->error = io_uring::check(filling->object->ring);
  return filling->error == 0;
}

}  // namespace

int fill(List* list, int* culprit) {
  list->object_count = 0;
  list->watch_count = 0;
  Filling filling{list};
  const int error = raw::each_number("/proc/self/fd", record_descriptor, &filling);
  *culprit = filling.error != 0 ? filling.fd : -1;
  return error != 0 ? error : filling.error;
}

}  // namespace smem::descriptors

#endif
