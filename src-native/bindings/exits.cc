#include "arguments.h"
#include "classes.h"
#include "exports.h"
#include "poll_object.h"
#include "procfs/process_hold.h"

namespace smem {
namespace {

// ExitPoll of src/native/fork_calls.ts, on a pidfd. Notifies once.
class ExitPoll final : public PollObject<ExitPoll, UniqueFd> {
 public:
  using PollObject::PollObject;

  int descriptor() const { return source().get(); }
  int events() const { return UV_READABLE; }

 private:
  void on_ready(int) override {
    ProcessEnding ending;
    if (!reap_process(source(), &ending)) return;
    close();
    notify({static_cast<double>(ending.code), static_cast<double>(ending.signal)});
  }
};

// watchExit(pid, startTicks, notify) -> ExitPoll or errno
Napi::Value watch_exit(const Napi::CallbackInfo& info) {
  UniqueFd pidfd;
  const int error = hold_process(pid_argument(info[0]), static_cast<uint64_t>(info[1].As<Napi::Number>().DoubleValue()), &pidfd);
  if (error != 0) return Napi::Number::New(info.Env(), error);
  return ExitPoll::create(info.Env(), &Classes::exit_poll, std::move(pidfd), info[2]);
}

}  // namespace

void export_exits(Napi::Env env, Napi::Object exports) {
  Classes::of(env)->exit_poll = Napi::Persistent(ExitPoll::define(env, "ExitPoll"));
  exports["watchExit"] = Napi::Function::New<watch_exit>(env, "watchExit");
}

}  // namespace smem
