#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "mappings.h"

#include <sys/mman.h>

#include <cstring>

#include "raw.h"

namespace smem::mappings {
namespace {

struct Visit {
  bool (*visit)(const Mapping& mapping, void* data);
  void* data;
};

const char* next_column(const char* line) {
  while (*line != ' ' && *line != '\0') ++line;
  while (*line == ' ') ++line;
  return line;
}

// start-end perms offset device inode path
Mapping parse(const char* line) {
  Mapping mapping{};
  mapping.start = raw::parse_number(&line, 16);
  mapping.end = raw::parse_number(&++line, 16);
  line = next_column(line);
  mapping.is_open = strncmp(line, "rw-p", 4) == 0;
  line = next_column(next_column(next_column(line)));
  mapping.inode = raw::parse_number(&line, 10);
  mapping.is_heap = strcmp(next_column(line), "[heap]") == 0;
  return mapping;
}

}  // namespace

int each(bool (*visit)(const Mapping& mapping, void* data), void* data) {
  Visit request{visit, data};
  return raw::each_line("/proc/self/maps", [](const char* line, void* visiting) {
    const Visit& wanted = *static_cast<Visit*>(visiting);
    return wanted.visit(parse(line), wanted.data);
  }, &request);
}

// The heaps for threads lie at multiples of 64 MB, and begin with a pointer to the arena behind it. no_sanitize: what is no such heap may
// begin with anything.
[[gnu::no_sanitize("address")]] bool is_malloc_heap(const Mapping& mapping) {
  constexpr uintptr_t kHeapAlignment = 64u * 1024 * 1024;
  constexpr uintptr_t kHeaderSize = 4096;
  if (mapping.is_heap) return true;
  if (mapping.inode != 0 || !mapping.is_open || mapping.start % kHeapAlignment != 0) return false;
  const uintptr_t arena = *reinterpret_cast<const uintptr_t*>(mapping.start);
  return arena > mapping.start && arena < mapping.start + kHeaderSize;
}

int inherit_all() {
  return each([](const Mapping& mapping, void*) {
    // The kernel's own pages ([vvar], [vsyscall]) refuse, and are inherited anyhow.
    if (mapping.inode == 0) madvise(reinterpret_cast<void*>(mapping.start), mapping.end - mapping.start, MADV_DOFORK);
    return true;
  }, nullptr);
}

}  // namespace smem::mappings

#endif
