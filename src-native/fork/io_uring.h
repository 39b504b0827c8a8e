// io_urings: their queues are mapped memory, which fork leaves shared with the parent, and cannot be mapped at a given place again.
#ifndef SMEM_FORK_IO_URING_H_
#define SMEM_FORK_IO_URING_H_

#include <cstdint>

namespace smem::io_uring {

// What /proc/PID/fdinfo tells of one. Lines that it does not know are left alone.
struct State {
  uint32_t pending;    // entries that wait in its queues
  bool has_thread;     // the kernel's, which works for the parent whoever shares the queues
  bool has_resources;  // registered files or buffers
};

void read_line(const char* line, State* state);

// Whether a child can do without it. 0; EAGAIN: not while entries wait in it; EBUSY: never.
int check(const State& state);

// In the child: has libuv forget the io_uring of a loop, by which it hands over epoll_ctl calls in batches; it makes them one by one
// then. 0; ENOTSUP: what libuv keeps of it was not found. It is found on malloc's heaps by what stands there: the addresses of the
// two mappings, and after them the descriptor.
int forget(int fd, uint64_t inode);

}  // namespace smem::io_uring

#endif  // SMEM_FORK_IO_URING_H_
