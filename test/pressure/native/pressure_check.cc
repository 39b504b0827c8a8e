// Every way of src-native/pressure and process_signal, to be run under sanitizers. Prints one line a check: name=result.
// Argument: an empty folder to work in.
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "pressure/trigger.h"
#include "procfs/process_dir.h"
#include "procfs/process_signal.h"

namespace {

using smem::PressureSource;

void print(const char* name, int result) { std::printf("%s=%d\n", name, result); }

int take(const PressureSource& source) {
  uint64_t count = 0;
  return static_cast<int>(smem::take_event(source, &count));
}

void check_stream(const std::string& folder) {
  const std::string path = folder + "/fifo";
  if (::mkfifo(path.c_str(), 0600) != 0) return print("mkfifo", errno);
  PressureSource source;
  print("fifo-open", smem::open_stream(path.c_str(), "text", &source));
  print("fifo-nothing", take(source));
  const smem::UniqueFd writer(::open(path.c_str(), O_WRONLY));
  const std::string many(3 * 4096 + 1, 'x');
  print("fifo-written", static_cast<int>(::write(writer.get(), many.data(), many.size())));
  print("fifo-event", take(source));
  print("fifo-drained", take(source));
}

void check_socket(const std::string& folder) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = folder + "/s";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const smem::UniqueFd server(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (::bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return print("bind", errno);
  PressureSource refused;
  print("socket-refused", smem::open_stream(path.c_str(), "", &refused));
  if (::listen(server.get(), 1) != 0) return print("listen", errno);
  PressureSource source;
  print("socket-open", smem::open_stream(path.c_str(), "hello", &source));
  smem::UniqueFd peer(::accept(server.get(), nullptr, nullptr));
  char text[16];
  print("socket-received", static_cast<int>(::read(peer.get(), text, sizeof text)));
  print("socket-sent", static_cast<int>(::write(peer.get(), "x", 1)));
  peer.reset();
  print("socket-event", take(source));
  print("socket-ended", take(source));
}

void check_counter(const std::string& folder) {
  // What cgroup.event_control would be is a plain file here: it takes the line, and shows what was written.
  const std::string group = folder + "/group";
  const std::string control = group + "/cgroup.event_control";
  ::mkdir(group.c_str(), 0700);
  PressureSource none;
  print("counter-no-control", smem::open_counter(group.c_str(), "usage", "1", &none));
  const smem::UniqueFd file(::open(control.c_str(), O_CREAT | O_RDWR, 0600));
  print("counter-no-file", smem::open_counter(group.c_str(), "usage", "1", &none));
  const smem::UniqueFd target(::open((group + "/usage").c_str(), O_CREAT | O_RDWR, 0600));
  print("counter-too-long", smem::open_counter(group.c_str(), "usage", std::string(101, '1'), &none));
  PressureSource source;
  print("counter-open", smem::open_counter(group.c_str(), "usage", std::string(100, '1'), &source));
  print("counter-nothing", take(source));
  ::eventfd_write(source.fd.get(), 7);
  uint64_t count = 0;
  print("counter-event", static_cast<int>(smem::take_event(source, &count)));
  print("counter-count", static_cast<int>(count));
  ::unlink(control.c_str());
  print("counter-ended", take(source));
}

void check_trigger(const std::string& folder) {
  const std::string path = folder + "/plain";
  const smem::UniqueFd file(::open(path.c_str(), O_CREAT | O_RDWR, 0600));
  PressureSource source;
  print("trigger-plain", smem::open_trigger(path.c_str(), "some 1 2", &source));
  struct stat size;
  print("trigger-plain-size", ::fstat(file.get(), &size) == 0 ? static_cast<int>(size.st_size) : -1);
  print("trigger-nothing", smem::open_trigger((folder + "/none").c_str(), "some 1 2", &source));
  print("trigger-open", source.fd.is_open());
}

void check_signal() {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  smem::ProcessDir process;
  uint64_t ticks = 0;
  print("signal-child", process.open("/proc", child) + process.start_ticks(&ticks));
  print("signal-other", smem::signal_process(child, ticks + 1, SIGKILL));
  print("signal-zero", smem::signal_process(child, ticks, 0));
  print("signal-bad", smem::signal_process(child, ticks, 9999));
  print("signal-kill", smem::signal_process(child, ticks, SIGKILL));
  int status = 0;
  ::waitpid(child, &status, 0);
  print("signal-status", status);
  print("signal-gone", smem::signal_process(child, ticks, SIGKILL));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  check_stream(argv[1]);
  check_socket(argv[1]);
  check_counter(argv[1]);
  check_trigger(argv[1]);
  check_signal();
  return 0;
}
