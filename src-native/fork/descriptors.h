// Descriptors whose kernel object parent and child would share, each stealing the other's wake-ups: eventfds, pipes from the process
// to itself, and epolls. The child gets objects of its own under the same numbers.
#ifndef SMEM_FORK_DESCRIPTORS_H_
#define SMEM_FORK_DESCRIPTORS_H_

namespace smem::descriptors {

// Memory for the lists; once a process. 0 or an errno.
int prepare();

// In the parent, while every other thread is parked: what there is, and in which state. 0 or an errno, with the descriptor that it
// is about or -1: E2BIG when there are too many, EBUSY for what cannot be copied (an inotify that watches, a timerfd, an io_uring with
// a kernel thread or files of its own), EAGAIN for an io_uring in which something waits.
int record(int* culprit);

// In the child: copies in their places; but io_urings are given up. 0 or an errno, with the descriptor.
int replace(int* culprit);

}  // namespace smem::descriptors

#endif  // SMEM_FORK_DESCRIPTORS_H_
