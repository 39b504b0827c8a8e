// Counts what is taken from the heap in the program that links it: malloc and its relatives, and with them every
// operator new.
#ifndef SMEM_TEST_COUNTING_ALLOCATOR_H_
#define SMEM_TEST_COUNTING_ALLOCATOR_H_

#include <cstdint>

namespace smem::test {

// Allocations of all threads since the program started.
uint64_t allocations();

}  // namespace smem::test

#endif  // SMEM_TEST_COUNTING_ALLOCATOR_H_
