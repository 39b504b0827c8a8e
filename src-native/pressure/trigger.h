// Opens the descriptors by which the kernel, or systemd, tells of memory pressure. Each is to be polled for `events`.
//
// Nothing here blocks but for the opening itself, nothing allocates. Results are 0 or an errno; `source` is only changed on success.
#ifndef SMEM_PRESSURE_TRIGGER_H_
#define SMEM_PRESSURE_TRIGGER_H_

#include <cstdint>
#include <string_view>

#include "procfs/unique_fd.h"

namespace smem {

enum class PressureKind {
  kTrigger,  // POLLPRI on a file of PSI
  kStream,   // bytes of a FIFO or socket, whatever they are
  kCounter,  // an eventfd that a control group of version 1 counts up
};

struct PressureSource {
  PressureKind kind = PressureKind::kTrigger;
  UniqueFd fd;
  // Of a counter: its control group, to tell its removal, which counts the eventfd up once more, from an event.
  UniqueFd group;
};

// Writes `text` ("some 200000 2000000") to a file of PSI (memory.pressure of a cgroup, /proc/pressure/memory).
// The kernel reports at most once a window. ENOENT: no such file. EOPNOTSUPP: PSI is off, or the file is not the kernel's, and was left
// as it is. EACCES, EPERM, EINVAL: not for this user, or not with such a window.
int open_trigger(const char* path, std::string_view text, PressureSource* source);

// A FIFO, or an AF_UNIX socket that listens: $MEMORY_PRESSURE_WATCH when it is no file of PSI. `text` is written to a socket, unless
// it is empty. EOPNOTSUPP: something else. ENAMETOOLONG: the path does not fit into a socket's address.
int open_stream(const char* path, std::string_view text, PressureSource* source);

// Registers an eventfd with cgroup.event_control of the version 1 control group `directory`: `file` of it
// (memory.usage_in_bytes, memory.pressure_level, memory.oom_control) and its arguments, none of which may be longer than 100 bytes.
// The registration ends when the descriptor is closed.
int open_counter(const char* directory, const char* file, std::string_view arguments, PressureSource* source);

enum class PressureState {
  kNothing,  // woken for nothing
  kEvent,
  kEnded,  // the control group is gone, or nobody is at the other end any more
};

// What there is to tell, asked once the descriptor is ready. Consumes it. `count` is how often a counter was counted up, else 1.
PressureState take_event(const PressureSource& source, uint64_t* count);

}  // namespace smem

#endif  // SMEM_PRESSURE_TRIGGER_H_
