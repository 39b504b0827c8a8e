#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "descriptors.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "descriptor_list.h"
#include "raw.h"

namespace smem::descriptors {
namespace {

List* list = nullptr;

bool is_end(const Object& object, Kind kind, uint64_t id, int access) {
  return object.kind == kind && object.id == id && (object.flags & O_ACCMODE) == access;
}

// Gives the descriptor number to `fresh`.
int take_place(const Object& object, int fresh) {
  return dup3(fresh, object.fd, object.flags & O_CLOEXEC) < 0 ? errno : 0;
}

// Every descriptor of the same kernel object as `first`, from there on.
int replace_all_like(Object* first, int fresh) {
  for (Object* object = first; object < list->objects + list->object_count; ++object) {
    const bool same = object == first || (first->id != 0 && is_end(*object, first->kind, first->id, first->flags & O_ACCMODE));
    if (!same || object->replaced) continue;
    const int error = take_place(*object, fresh);
    if (error != 0) return error;
    object->replaced = true;
  }
  return 0;
}

int replace_eventfd(Object* object) {
  const int fresh = eventfd(0, EFD_CLOEXEC | (object->flags & O_NONBLOCK ? EFD_NONBLOCK : 0) | (object->semaphore ? EFD_SEMAPHORE : 0));
  if (fresh < 0) return errno;
  int error = object->count > 0 && write(fresh, &object->count, sizeof object->count) < 0 ? errno : 0;
  if (error == 0) error = replace_all_like(object, fresh);
  close(fresh);
  return error;
}

Object* other_end(const Object& object) {
  const int access = (object.flags & O_ACCMODE) == O_RDONLY ? O_WRONLY : O_RDONLY;
  for (unsigned i = 0; i < list->object_count; ++i) {
    if (is_end(list->objects[i], Kind::kPipe, object.id, access)) return &list->objects[i];
  }
  return nullptr;
}

// The content comes along: one byte in a pipe may be a lock (libuv's signal pipe).
int copy_content(int from, int to) {
  int size = 0;
  if (ioctl(from, FIONREAD, &size) != 0) return errno;
  if (size == 0) return 0;
  fcntl(to, F_SETPIPE_SZ, fcntl(from, F_GETPIPE_SZ));
  return tee(from, to, static_cast<size_t>(size), SPLICE_F_NONBLOCK) == size ? 0 : EIO;
}

bool is_standard_stream(const Object& pipe) {
  for (unsigned i = 0; i < list->object_count; ++i) {
    const Object& object = list->objects[i];
    if (object.kind == Kind::kPipe && object.id == pipe.id && object.fd <= STDERR_FILENO) return true;
  }
  return false;
}

int replace_pipe(Object* object) {
  Object* const other = other_end(*object);
  // It leads out, and stays: the other end is another process's, or one that this process was given by mistake.
  if (!other || is_standard_stream(*object)) return 0;
  const bool reads = (object->flags & O_ACCMODE) == O_RDONLY;
  Object* const reader = reads ? object : other;
  Object* const writer = reads ? other : object;
  int fresh[2];
  if (pipe2(fresh, O_CLOEXEC) != 0) return errno;
  int error = copy_content(reader->fd, fresh[1]);
  fcntl(fresh[0], F_SETFL, reader->flags & O_NONBLOCK);
  fcntl(fresh[1], F_SETFL, writer->flags & O_NONBLOCK);
  if (error == 0) error = replace_all_like(reader, fresh[0]);
  if (error == 0) error = replace_all_like(writer, fresh[1]);
  close(fresh[0]);
  close(fresh[1]);
  return error;
}

// With an epoll, or an inotify that watches nothing: libuv keeps one once fs.watch was called.
int replace_by(Object* object, int fresh) {
  if (fresh < 0) return errno;
  const int error = take_place(*object, fresh);
  close(fresh);
  object->replaced = error == 0;
  return error;
}

int watch_again(const Watch& watch) {
  epoll_event event{};
  event.events = watch.events;
  event.data.u64 = watch.data;
  if (epoll_ctl(watch.epoll, EPOLL_CTL_ADD, watch.fd, &event) == 0) return 0;
  // The interest outlived its descriptor, which was closed or names another file by now.
  return errno == EBADF || errno == EPERM || errno == EEXIST ? 0 : errno;
}

}  // namespace

int prepare() {
  if (!list) list = static_cast<List*>(raw::map_private(sizeof(List)));
  return list ? 0 : errno;
}

int record(int* culprit) { return fill(list, culprit); }

int replace(int* culprit) {
  int error = 0;
  for (unsigned i = 0; error == 0 && i < list->object_count; ++i) {
    Object& object = list->objects[i];
    *culprit = object.fd;
    if (object.replaced) continue;
    switch (object.kind) {
      case Kind::kEventfd: error = replace_eventfd(&object); break;
      case Kind::kPipe: error = replace_pipe(&object); break;
      case Kind::kEpoll: error = replace_by(&object, epoll_create1(EPOLL_CLOEXEC)); break;
      case Kind::kInotify: error = replace_by(&object, inotify_init1(IN_CLOEXEC | (object.flags & O_NONBLOCK))); break;
      case Kind::kIoUring: error = io_uring::forget(object.fd, object.id); break;
    }
  }
  for (unsigned i = 0; error == 0 && i < list->watch_count; ++i) {
    *culprit = list->watches[i].fd;
    error = watch_again(list->watches[i]);
  }
  return error;
}

}  // namespace smem::descriptors

#endif
