#include "arguments.h"
#include "cancel_argument.h"
#include "exports.h"
#include "promise_worker.h"
#include "report.h"

namespace smem {
namespace {

// readUsage(procRoot, pid, smaps, target, report) -> errno. Allocates nothing, here or in JavaScript.
Napi::Value read_usage_sync(const Napi::CallbackInfo& info) {
  const PathArgument proc_root(info[0]);
  UsageReport report;
  const int error = read_usage_of(proc_root.text, pid_argument(info[1]), source_argument(info[2]),
                                  doubles_argument(info[3]), &report);
  write_report(report, doubles_argument(info[4]));
  return Napi::Number::New(info.Env(), error);
}

// Reads into an array of its own: the caller's may be used by JavaScript meanwhile.
struct UsageJob {
  explicit UsageJob(const Napi::CallbackInfo& info)
      : proc_root(info[0]),
        pid(pid_argument(info[1])),
        source(source_argument(info[2])),
        target(Napi::Persistent(info[3].As<Napi::Float64Array>())),
        report_target(Napi::Persistent(info[4].As<Napi::Float64Array>())),
        cancel(info[5]) {}

  void run() {
    if (!cancel.is_set()) error = read_usage_of(proc_root.text, pid, source, figures, &report);
  }

  Napi::Value result(Napi::Env env) {
    write_report(report, report_target.Value().Data());
    double* const caller = target.Value().Data();
    if (error == 0 && caller) std::memcpy(caller, figures, sizeof figures);
    return Napi::Number::New(env, error);
  }

  const PathArgument proc_root;
  const pid_t pid;
  const Source source;
  Napi::Reference<Napi::Float64Array> target, report_target;
  const CancelArgument cancel;
  double figures[kFieldCount] = {};
  UsageReport report;
  int error = ECANCELED;
};

Napi::Value read_usage_async(const Napi::CallbackInfo& info) {
  return PromiseWorker<UsageJob>::start(info.Env(), std::make_unique<UsageJob>(info));
}

}  // namespace

void export_usage(Napi::Env env, Napi::Object exports) {
  exports["readUsage"] = Napi::Function::New<read_usage_sync>(env, "readUsage");
  exports["readUsageAsync"] = Napi::Function::New<read_usage_async>(env, "readUsageAsync");
}

}  // namespace smem
