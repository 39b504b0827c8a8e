// The descriptors whose kernel object parent and child would share, each stealing the other's wake-ups, and their state.
#ifndef SMEM_FORK_DESCRIPTOR_LIST_H_
#define SMEM_FORK_DESCRIPTOR_LIST_H_

#include <cstdint>

#include "io_uring.h"

namespace smem::descriptors {

constexpr unsigned kMaxObjects = 4096;
constexpr unsigned kMaxWatches = 16384;

enum class Kind : unsigned char { kEventfd, kPipe, kEpoll, kInotify, kIoUring };

struct Object {
  int fd;
  Kind kind;
  bool replaced;
  bool semaphore;
  int flags;       // of open(2)
  uint64_t id;     // the same for descriptors of one kernel object; 0 when the kernel does not tell
  uint64_t count;  // of an eventfd
  io_uring::State ring;
};

// One line of an epoll's interest list.
struct Watch {
  int epoll;
  int fd;
  uint32_t events;
  uint64_t data;
};

// In one mapping for the life of the process: no step may allocate.
struct List {
  unsigned object_count;
  unsigned watch_count;
  Object objects[kMaxObjects];
  Watch watches[kMaxWatches];
};

// Those of this process, from /proc. 0 or an errno, with the descriptor that it is about or -1.
int fill(List* list, int* culprit);

}  // namespace smem::descriptors

#endif  // SMEM_FORK_DESCRIPTOR_LIST_H_
