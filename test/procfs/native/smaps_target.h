// What must hold for the parser on any bytes. One body for libFuzzer, for the replay program and for the mutations
// that the tests generate.
#ifndef SMEM_TEST_SMAPS_TARGET_H_
#define SMEM_TEST_SMAPS_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "smaps_parser.h"

namespace smem::test {

// Parses `data` as smaps and as a rollup, whole and in pieces, with and without a sink, and aborts with a message
// when two of these disagree or when a result cannot be true.
void check_smaps(const uint8_t* data, size_t size);

enum class Rows { kHashed, kWritten };

// One line without its end:
//   smaps malformed=0 offset=0 totals=4096,nan,... rows=1 rowhash=89abcdef
// with kWritten followed by " row=start,end,offset,inode,perms,device,path,flags,kB,nan,..." a mapping: numbers
// hexadecimal but for the kB, path and flags in hex bytes. A refused stream has neither totals nor rows.
std::string describe(Source source, const uint8_t* data, size_t size, Rows rows);

}  // namespace smem::test

#endif  // SMEM_TEST_SMAPS_TARGET_H_
