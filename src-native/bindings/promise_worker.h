// Runs a job on a thread of libuv's pool and settles a promise with what it made.
//
// A job has run(), called on that thread and without JavaScript, and result(env), called on the loop's thread.
#ifndef SMEM_BINDINGS_PROMISE_WORKER_H_
#define SMEM_BINDINGS_PROMISE_WORKER_H_

#include <napi.h>

#include <memory>
#include <utility>

namespace smem {

template <class Job>
class PromiseWorker final : public Napi::AsyncWorker {
 public:
  static Napi::Value start(Napi::Env env, std::unique_ptr<Job> job) {
    PromiseWorker* const worker = new PromiseWorker(env, std::move(job));  // deletes itself when done
    const Napi::Promise promise = worker->deferred_.Promise();
    worker->Queue();
    return promise;
  }

 protected:
  void Execute() override { job_->run(); }
  void OnOK() override { deferred_.Resolve(job_->result(Env())); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  PromiseWorker(Napi::Env env, std::unique_ptr<Job> job)
      : Napi::AsyncWorker(env, "smem-ts"), deferred_(Napi::Promise::Deferred::New(env)), job_(std::move(job)) {}

  Napi::Promise::Deferred deferred_;
  std::unique_ptr<Job> job_;
};

}  // namespace smem

#endif  // SMEM_BINDINGS_PROMISE_WORKER_H_
