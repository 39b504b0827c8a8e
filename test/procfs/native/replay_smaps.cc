// Inputs on stdin, each after its length (u32, little-endian); for each of them the line of smaps and the line of
// rollup on stdout. With "rows" as argument the mappings are written out, without it only hashed. A length of
// 2^32 - 1 stands before no input: it asks for the answers so far.
#include <cstdio>
#include <cstring>
#include <vector>

#include "smaps_target.h"

namespace {

constexpr size_t kFlush = 0xffffffff;

bool read_exactly(void* target, size_t size) { return std::fread(target, 1, size, stdin) == size; }

size_t length_of(const unsigned char* le) {
  return le[0] | size_t{le[1]} << 8 | size_t{le[2]} << 16 | size_t{le[3]} << 24;
}

}  // namespace

int main(int argc, char** argv) {
  const bool written = argc > 1 && std::strcmp(argv[1], "rows") == 0;
  const smem::test::Rows rows = written ? smem::test::Rows::kWritten : smem::test::Rows::kHashed;
  unsigned char prefix[4];
  while (read_exactly(prefix, sizeof prefix)) {
    const size_t size = length_of(prefix);
    if (size == kFlush) {
      std::fflush(stdout);
      continue;
    }
    std::vector<uint8_t> input(size);
    if (!input.empty() && !read_exactly(input.data(), size)) {
      std::fputs("replay_smaps: an input is shorter than its length\n", stderr);
      return 1;
    }
    smem::test::check_smaps(input.data(), size);
    for (const smem::Source source : {smem::Source::kSmaps, smem::Source::kRollup}) {
      std::puts(smem::test::describe(source, input.data(), size, rows).c_str());
    }
  }
  return 0;
}
