// The memory that a child gets.
#ifndef SMEM_FORK_MAPPINGS_H_
#define SMEM_FORK_MAPPINGS_H_

#include <cstdint>

namespace smem::mappings {

// A line of /proc/self/maps.
struct Mapping {
  uintptr_t start;
  uintptr_t end;
  uint64_t inode;  // 0: anonymous
  bool is_heap;    // the C library's first one
  bool is_open;    // may be read and written, and is nobody else's
};

// Hands them over one at a time until `visit` returns false. 0 or an errno.
int each(bool (*visit)(const Mapping& mapping, void* data), void* data);

// Where malloc puts what is not huge: its first heap, and those that it has for threads.
bool is_malloc_heap(const Mapping& mapping);

// Lets children inherit all anonymous memory: V8 keeps its heaps out of them (MADV_DONTFORK). 0 or an errno.
int inherit_all();

}  // namespace smem::mappings

#endif  // SMEM_FORK_MAPPINGS_H_
