// Preloaded into Node: a thread that puts obstacles into a fork's way, as the first byte of the file $OBSTACLES says. It writes the
// byte to $OBSTACLES.done when it is done.
//   b  blocks all signals but one; u  no longer
//   p  opens pipes, both ends, 4200 descriptors; c  closes them
//   l  lets the process open no more descriptors; m  again
//   t  opens a timerfd; e  closes it
//   s  sends every real-time signal that has a handler to the process, as others might
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { PIPES = 2100 };

static int pipes[PIPES][2];
static struct rlimit limit;
static int timer;

static void set_mask(int how) {
  sigset_t signals;
  sigfillset(&signals);
  sigdelset(&signals, SIGUSR2);
  pthread_sigmask(how, &signals, NULL);
}

static void limit_descriptors(void) {
  getrlimit(RLIMIT_NOFILE, &limit);
  const int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(lowest);
  // Those above stay open.
  const struct rlimit none = {(rlim_t)lowest, limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
}

static void send_stray_signals(void) {
  for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_DFL) continue;
    for (int i = 0; i < 20; i++) {
      const union sigval value = {.sival_ptr = (void *)(&pipes[0][0] + i)};
      kill(getpid(), number);
      sigqueue(getpid(), number, value);
    }
  }
}

static void obey(char command) {
  switch (command) {
    case 'b': set_mask(SIG_BLOCK); break;
    case 'u': set_mask(SIG_UNBLOCK); break;
    case 'p': for (int i = 0; i < PIPES; i++) if (pipe2(pipes[i], O_CLOEXEC) != 0) abort(); break;
    case 'c': for (int i = 0; i < PIPES; i++) { close(pipes[i][0]); close(pipes[i][1]); } break;
    case 'l': limit_descriptors(); break;
    case 'm': setrlimit(RLIMIT_NOFILE, &limit); break;
    case 't': timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC); break;
    case 'e': close(timer); break;
    case 's': send_stray_signals(); break;
  }
}

static void *obstruct(void *unused) {
  (void)unused;
  pthread_setname_np(pthread_self(), "obstacle");
  const int commands = open(getenv("OBSTACLES"), O_RDONLY | O_CLOEXEC);
  char done[4096];
  snprintf(done, sizeof done, "%s.done", getenv("OBSTACLES"));
  const int answers = open(done, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  char last = 0;
  for (;;) {
    char command = 0;
    if (pread(commands, &command, 1, 0) == 1 && command != last) {
      last = command;
      obey(command);
      if (pwrite(answers, &command, 1, 0) != 1) abort();
    }
    usleep(500);
  }
}

__attribute__((constructor)) static void start(void) {
  pthread_t thread;
  if (getenv("OBSTACLES") != NULL && pthread_create(&thread, NULL, obstruct, NULL) != 0) abort();
}
