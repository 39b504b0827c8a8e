#include "counting_allocator.h"

#include <cerrno>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

// glibc's own allocator under the names it keeps for programs that replace malloc.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* block);
}

namespace {

std::atomic<uint64_t> g_allocations{0};

void count() { g_allocations.fetch_add(1, std::memory_order_relaxed); }

void* new_or_abort(size_t size, size_t alignment) {
  count();
  void* const block = alignment == 0 ? __libc_malloc(size > 0 ? size : 1) : __libc_memalign(alignment, size);
  if (block == nullptr) std::abort();
  return block;
}

}  // namespace

namespace smem::test {

uint64_t allocations() { return g_allocations.load(std::memory_order_relaxed); }

}  // namespace smem::test

extern "C" {

void* malloc(size_t size) noexcept {
  count();
  return __libc_malloc(size);
}

void* calloc(size_t items, size_t size) noexcept {
  count();
  return __libc_calloc(items, size);
}

void* realloc(void* block, size_t size) noexcept {
  count();
  return __libc_realloc(block, size);
}

void* memalign(size_t alignment, size_t size) noexcept {
  count();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) noexcept { return memalign(alignment, size); }

void* valloc(size_t size) noexcept { return memalign(4096, size); }

int posix_memalign(void** block, size_t alignment, size_t size) noexcept {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

void free(void* block) noexcept { __libc_free(block); }

}  // extern "C"

void* operator new(size_t size) { return new_or_abort(size, 0); }
void* operator new[](size_t size) { return new_or_abort(size, 0); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return new_or_abort(size, 0); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return new_or_abort(size, 0); }
void* operator new(size_t size, std::align_val_t to) { return new_or_abort(size, static_cast<size_t>(to)); }
void* operator new[](size_t size, std::align_val_t to) { return new_or_abort(size, static_cast<size_t>(to)); }
void operator delete(void* block) noexcept { __libc_free(block); }
void operator delete[](void* block) noexcept { __libc_free(block); }
void operator delete(void* block, size_t) noexcept { __libc_free(block); }
void operator delete[](void* block, size_t) noexcept { __libc_free(block); }
void operator delete(void* block, std::align_val_t) noexcept { __libc_free(block); }
void operator delete[](void* block, std::align_val_t) noexcept { __libc_free(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { __libc_free(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { __libc_free(block); }
