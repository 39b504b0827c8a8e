// Where forking is possible: the layout of contexts and of glibc's thread record are of x86-64.
#ifndef SMEM_FORK_PLATFORM_H_
#define SMEM_FORK_PLATFORM_H_

#include <features.h>

#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__) && defined(__GLIBC__)
#define SMEM_FORK_POSSIBLE 1
#else
#define SMEM_FORK_POSSIBLE 0
#endif

#endif  // SMEM_FORK_PLATFORM_H_
