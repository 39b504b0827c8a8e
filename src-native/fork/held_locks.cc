#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "held_locks.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "mappings.h"

// What is marked no_sanitize reads what belongs to others, and what lies between.
namespace smem::held_locks {
namespace {

constexpr size_t kPageSize = 4096;

[[gnu::no_sanitize("address")]] bool is_system_call_at(long long address) {
  const unsigned char* const code = reinterpret_cast<const unsigned char*>(address);
  return code[0] == 0x0f && code[1] == 0x05;
}

// A futex call that begins, or will begin anew when the handler returns. Of glibc's waits those for a lock alone are FUTEX_WAIT.
bool is_futex_wait(const ucontext_t& interrupted, int operation) {
  const auto& registers = interrupted.uc_mcontext.gregs;
  return registers[REG_RAX] == SYS_futex && (registers[REG_RSI] & FUTEX_CMD_MASK) == operation && is_system_call_at(registers[REG_RIP]);
}

// Whether this is code of the C library's locks: they stand together.
bool is_among_locks(long long address) {
  constexpr long long kDistance = 32 * 1024;
  const long long lock = reinterpret_cast<long long>(&pthread_mutex_lock);
  return address > lock - kDistance && address < lock + kDistance;
}

// glibc's layout on x86-64, the same since 2.25. Each begins at a multiple of 8.
struct Mutex {
  int lock;
  unsigned count;
  int owner;
  unsigned users;
  int kind;
  int spins;
  uint64_t list[2];
};

struct ReadWriteLock {
  unsigned readers;
  unsigned writers;
  unsigned phase;
  unsigned writers_futex;
  unsigned pad[2];
  int writer;
  int is_shared;
};

constexpr int kTypes = 3;
constexpr int kRecursive = 1;
constexpr int kErrorChecking = 2;

// Of a mutex that the kernel keeps in a list, or lends priorities to.
bool is_of_kernel(int kind) {
  constexpr int kRobust = 0x10;
  constexpr int kInheritsPriority = 0x20;
  return (kind & (kRobust | kInheritsPriority)) != 0;
}

bool knows_owner(int kind) {
  constexpr int kFlags = 0x3f0;
  if ((kind & ~(kTypes | kFlags)) != 0) return false;
  const int type = kind & kTypes;
  return type == kRecursive || type == kErrorChecking || is_of_kernel(kind);
}

bool is_held(const Mutex& mutex) {
  constexpr unsigned kPlausible = 4096;
  if (mutex.lock == 0 || mutex.count > kPlausible || mutex.users > kPlausible || !knows_owner(mutex.kind)) return false;
  const bool is_recursive = (mutex.kind & kTypes) == kRecursive;
  if (is_recursive != (mutex.count > 0)) return false;
  return is_of_kernel(mutex.kind) || (mutex.spins == 0 && mutex.list[0] == 0 && mutex.list[1] == 0);
}

bool is_held(const ReadWriteLock& lock) {
  constexpr unsigned kWriting = 3;   // in the phase of writers, and one has it
  constexpr unsigned kWaitedFor = 2;
  const bool is_taken = (lock.phase & ~kWaitedFor) == 1 && (lock.writers_futex & ~kWaitedFor) == 1;
  return is_taken && (lock.readers & kWriting) == kWriting && lock.pad[0] == 0 && lock.pad[1] == 0 && (lock.is_shared & ~1) == 0;
}

// The lock of which the word at `owner` is the part that `offset` says.
template <class Lock>
[[gnu::no_sanitize("address")]] bool is_held_at(uintptr_t owner, size_t offset, const mappings::Mapping& mapping) {
  const uintptr_t start = owner - offset;
  if (start < mapping.start || start + sizeof(Lock) > mapping.end) return false;
  const Lock lock = *reinterpret_cast<const Lock*>(start);
  return is_held(lock);
}

// A lock without an owner may be anywhere, also at the end of a page.
[[gnu::no_sanitize("address")]] bool knows_owner_at(uintptr_t address) {
  if (address % alignof(Mutex) != 0 || address % kPageSize > kPageSize - sizeof(Mutex)) return false;
  return knows_owner(reinterpret_cast<const Mutex*>(address)->kind);
}

struct Search {
  const pid_t* tids;
  unsigned count;
  uintptr_t data_end;  // of the last mapping of a file's data: what is not in the file follows it
  pid_t owner;
};

[[gnu::no_sanitize("address")]] bool has_any(const uint64_t* words, unsigned count, uint32_t lowest, uint32_t span) {
  uint32_t found = 0;
  for (unsigned i = 0; i < count; ++i) found |= static_cast<uint32_t>(words[i]) - lowest <= span;
  return found != 0;
}

[[gnu::no_sanitize("address")]] pid_t owner_of_lock_at(const Search& search, const uint64_t* word, const mappings::Mapping& mapping) {
  const pid_t tid = static_cast<pid_t>(*word);
  if (!std::binary_search(search.tids, search.tids + search.count, tid)) return 0;
  const uintptr_t at = reinterpret_cast<uintptr_t>(word);
  const bool is_lock = is_held_at<Mutex>(at, offsetof(Mutex, owner), mapping)
                    || is_held_at<ReadWriteLock>(at, offsetof(ReadWriteLock, writer), mapping);
  return is_lock ? tid : 0;
}

[[gnu::no_sanitize("address")]] pid_t find_in(const Search& search, const mappings::Mapping& mapping) {
  constexpr unsigned kBlock = 64;  // words; mappings are whole pages
  const uint32_t lowest = static_cast<uint32_t>(search.tids[0]);
  const uint32_t span = static_cast<uint32_t>(search.tids[search.count - 1]) - lowest;
  const uint64_t* const end = reinterpret_cast<const uint64_t*>(mapping.end);
  for (const uint64_t* block = reinterpret_cast<const uint64_t*>(mapping.start); block < end; block += kBlock) {
    if (!has_any(block, kBlock, lowest, span)) continue;
    for (const uint64_t* word = block; word < block + kBlock; ++word) {
      if (const pid_t owner = owner_of_lock_at(search, word, mapping)) return owner;
    }
  }
  return 0;
}

bool search_mapping(const mappings::Mapping& mapping, void* data) {
  Search* const search = static_cast<Search*>(data);
  const bool is_data = mapping.is_open && (mapping.inode != 0 || mapping.start == search->data_end);
  if (is_data) search->data_end = mapping.end;
  if (is_data || mappings::is_malloc_heap(mapping)) search->owner = find_in(*search, mapping);
  return search->owner == 0;
}

}  // namespace

bool is_waiting(const ucontext_t& interrupted) {
  const auto& registers = interrupted.uc_mcontext.gregs;
  return is_futex_wait(interrupted, FUTEX_WAIT_BITSET)
      || (registers[REG_RAX] == -EINTR && is_system_call_at(registers[REG_RIP] - 2));
}

bool is_locking(const ucontext_t& interrupted, pid_t tid) {
  const auto& registers = interrupted.uc_mcontext.gregs;
  for (int number = REG_R8; is_among_locks(registers[REG_RIP]) && number <= REG_RCX; ++number) {
    if (static_cast<pid_t>(registers[number]) == tid) return true;
  }
  return is_futex_wait(interrupted, FUTEX_WAIT) && knows_owner_at(static_cast<uintptr_t>(registers[REG_RDI]));
}

pid_t find_owner(const pid_t* tids, unsigned count) {
  if (count == 0) return 0;
  Search search{tids, count, 0, 0};
  const int error = mappings::each(search_mapping, &search);
  return error != 0 ? -error : search.owner;
}

}  // namespace smem::held_locks

#endif
