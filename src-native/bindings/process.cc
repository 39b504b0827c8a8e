#include "arguments.h"
#include "classes.h"
#include "exports.h"
#include "procfs/process_signal.h"
#include "procfs/process_stat.h"
#include "report.h"

namespace smem {
namespace {

// ProcessDirectory of src/native/backend.ts: one process, held by its open directory and, once asked for, its statm.
class ProcessDirectory final : public Napi::ObjectWrap<ProcessDirectory> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "ProcessDirectory",
                       {InstanceMethod<&ProcessDirectory::read_usage_into>("readUsage"),
                        InstanceMethod<&ProcessDirectory::rss>("rss"),
                        InstanceMethod<&ProcessDirectory::alive>("alive"),
                        InstanceMethod<&ProcessDirectory::close>("close")});
  }

  explicit ProcessDirectory(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ProcessDirectory>(info) {}

  // Takes over what `process` holds.
  void adopt(ProcessDir process) { process_ = std::move(process); }

 private:
  // readUsage(smaps, target, report) -> errno
  Napi::Value read_usage_into(const Napi::CallbackInfo& info) {
    UsageReport report;
    report.source = source_argument(info[0]);
    const int error = process_.is_open() ? read_usage(process_, report.source, doubles_argument(info[1]), &report) : EBADF;
    write_report(report, doubles_argument(info[2]));
    return Napi::Number::New(info.Env(), error);
  }

  // rss() -> bytes or -errno
  Napi::Value rss(const Napi::CallbackInfo& info) {
    uint64_t bytes = 0;
    const int error = process_.is_open() ? read_rss(process_, &statm_, &bytes) : EBADF;
    return Napi::Number::New(info.Env(), error != 0 ? -error : static_cast<double>(bytes));
  }

  Napi::Value alive(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), process_.is_open() && process_.is_alive());
  }

  void close(const Napi::CallbackInfo&) {
    statm_.reset();
    process_.close();
  }

  ProcessDir process_;
  UniqueFd statm_;
};

// openProcess(procRoot, pid) -> ProcessDirectory or errno
Napi::Value open_process(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ProcessDir process;
  uint64_t start_ticks = 0;
  int error = process.open(PathArgument(info[0]).text, pid_argument(info[1]));
  if (error == 0) error = process.start_ticks(&start_ticks);
  if (error != 0) return Napi::Number::New(env, error);
  // In an environment that is being torn down each of these may fail, and nobody waits for the result.
  const Classes* const classes = Classes::of(env);
  if (!classes || classes->process_directory.IsEmpty()) return env.Undefined();
  Napi::Object object = classes->process_directory.New({});
  ProcessDirectory* const directory = object.IsEmpty() ? nullptr : ProcessDirectory::Unwrap(object);
  if (!directory) return env.Undefined();
  directory->adopt(std::move(process));
  object["startTicks"] = Napi::Number::New(env, static_cast<double>(start_ticks));
  return object;
}

// signalProcess(pid, startTicks, signal) -> errno
Napi::Value signal_one(const Napi::CallbackInfo& info) {
  const uint64_t start_ticks = static_cast<uint64_t>(info[1].As<Napi::Number>().DoubleValue());
  const int error = signal_process(pid_argument(info[0]), start_ticks, info[2].As<Napi::Number>().Int32Value());
  return Napi::Number::New(info.Env(), error);
}

}  // namespace

void export_process(Napi::Env env, Napi::Object exports) {
  Classes::of(env)->process_directory = Napi::Persistent(ProcessDirectory::define(env));
  exports["openProcess"] = Napi::Function::New<open_process>(env, "openProcess");
  exports["signalProcess"] = Napi::Function::New<signal_one>(env, "signalProcess");
}

}  // namespace smem
