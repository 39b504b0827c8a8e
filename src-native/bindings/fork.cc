#include "fork/fork_process.h"
#include "fork/orphan_alarm.h"

#include <malloc.h>
#include <unistd.h>
#include <uv.h>

#include "arguments.h"
#include "exports.h"

namespace smem {
namespace {

constexpr double kNanosecondsPerMs = 1e6;

uint64_t nanoseconds_argument(const Napi::Value& value) {
  return static_cast<uint64_t>(value.As<Napi::Number>().DoubleValue() * kNanosecondsPerMs);
}

Napi::Object to_object(Napi::Env env, const ForkResult& result) {
  Napi::Object report = Napi::Object::New(env);
  report["pid"] = Napi::Number::New(env, result.pid);
  report["errno"] = Napi::Number::New(env, result.error);
  report["step"] = Napi::Number::New(env, static_cast<int>(result.step));
  report["descriptor"] = Napi::Number::New(env, result.descriptor);
  report["thread"] = Napi::Number::New(env, result.thread);
  report["threadName"] = Napi::String::New(env, result.thread_name);
  report["threads"] = Napi::Number::New(env, result.threads);
  report["stoppedMs"] = Napi::Number::New(env, static_cast<double>(result.stopped_ns) / kNanosecondsPerMs);
  return report;
}

// forkProcess(sibling, trial, parkMs, childMs) -> ForkReport of src/native/fork_calls.ts
Napi::Value fork_this_process(const Napi::CallbackInfo& info) {
  ForkOptions options;
  options.sibling = info[0].As<Napi::Boolean>().Value();
  options.trial = info[1].As<Napi::Boolean>().Value();
  options.park_ns = nanoseconds_argument(info[2]);
  options.child_ns = nanoseconds_argument(info[3]);
  return to_object(info.Env(), fork_process(options));
}

// currentPid()
Napi::Value current_pid(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), getpid()); }

// activeRequests() of the environment's loop
Napi::Value active_requests(const Napi::CallbackInfo& info) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(info.Env(), &loop) != napi_ok) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), loop->active_reqs.count);
}

// endAfterParent(parentPid, seconds) -> errno
Napi::Value end_after_its_parent(const Napi::CallbackInfo& info) {
  const int error = end_after_parent(pid_argument(info[0]), info[1].As<Napi::Number>().Uint32Value());
  return Napi::Number::New(info.Env(), error);
}

// trimMemory()
void trim_memory(const Napi::CallbackInfo&) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

void export_fork(Napi::Env env, Napi::Object exports) {
  exports["forkPossible"] = Napi::Boolean::New(env, is_fork_possible());
  exports["forkProcess"] = Napi::Function::New<fork_this_process>(env, "forkProcess");
  exports["currentPid"] = Napi::Function::New<current_pid>(env, "currentPid");
  exports["endAfterParent"] = Napi::Function::New<end_after_its_parent>(env, "endAfterParent");
  exports["trimMemory"] = Napi::Function::New<trim_memory>(env, "trimMemory");
  exports["activeRequests"] = Napi::Function::New<active_requests>(env, "activeRequests");
}

}  // namespace smem
