#include "platform.h"
#if SMEM_FORK_POSSIBLE

#include "io_uring.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mappings.h"
#include "raw.h"

namespace smem::io_uring {
namespace {

// Room of what libuv keeps of one (struct uv__iou: 14 words, then the descriptor), and some to grow.
constexpr size_t kRecordSize = 160;

struct Search {
  int fd;
  uint64_t inode;
  unsigned count = 0;
  mappings::Mapping parts[2] = {};  // the queues, and the entries
  char* place = nullptr;            // of the descriptor in the record
};

bool note_part(const mappings::Mapping& mapping, void* data) {
  Search* const search = static_cast<Search*>(data);
  if (mapping.inode == search->inode) {
    if (search->count < 2) search->parts[search->count] = mapping;
    ++search->count;
  }
  return true;
}

uintptr_t word_at(const char* at) {
  uintptr_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

int number_at(const char* at) {
  int number;
  memcpy(&number, at, sizeof number);
  return number;
}

// The record that begins here has both addresses, and after them the descriptor.
char* descriptor_in_record(const Search& search, char* begin, const char* end) {
  bool seen[2] = {};
  for (char* at = begin; at + sizeof(uintptr_t) <= end; at += sizeof(uintptr_t)) {
    if (seen[0] && seen[1] && number_at(at) == search.fd) return at;
    for (int part = 0; part < 2; ++part) seen[part] |= word_at(at) == search.parts[part].start;
  }
  return nullptr;
}

bool search_heap(const mappings::Mapping& mapping, void* data) {
  Search* const search = static_cast<Search*>(data);
  if (!mappings::is_malloc_heap(mapping)) return true;
  char* const end = reinterpret_cast<char*>(mapping.end);
  for (char* at = reinterpret_cast<char*>(mapping.start); !search->place && at < end; at += sizeof(uintptr_t)) {
    const uintptr_t word = word_at(at);
    if (word != search->parts[0].start && word != search->parts[1].start) continue;
    search->place = descriptor_in_record(*search, at, at + kRecordSize < end ? at + kRecordSize : end);
  }
  return !search->place;
}

}  // namespace

void read_line(const char* line, State* state) {
  const char* value = raw::value_of(line, "SQEs:");
  if (!value) value = raw::value_of(line, "CQEs:");
  if (value) state->pending += static_cast<uint32_t>(raw::parse_number(&value, 10));
  if (const char* thread = raw::value_of(line, "SqThread:")) state->has_thread = *thread != '-';
  value = raw::value_of(line, "UserFiles:");
  if (!value) value = raw::value_of(line, "UserBufs:");
  if (value && raw::parse_number(&value, 10) != 0) state->has_resources = true;
}

int check(const State& state) {
  if (state.has_thread || state.has_resources) return EBUSY;
  return state.pending > 0 ? EAGAIN : 0;
}

int forget(int fd, uint64_t inode) {
  Search search;
  search.fd = fd;
  search.inode = inode;
  int error = mappings::each(note_part, &search);
  if (error == 0 && (inode == 0 || search.count != 2)) error = ENOTSUP;
  if (error == 0) error = mappings::each(search_heap, &search);
  if (error == 0 && !search.place) error = ENOTSUP;
  if (error != 0) return error;
  constexpr int kNone = -1;
  memcpy(search.place, &kNone, sizeof kNone);
  for (const mappings::Mapping& part : search.parts) munmap(reinterpret_cast<void*>(part.start), part.end - part.start);
  close(fd);
  return 0;
}

}  // namespace smem::io_uring

#endif
