using BenchmarkDotNet.Running;
using Plait.Benchmarks.Allocations;

// Plait.Benchmarks allocations check|renew FILE    bytes per operation against the committed file, in seconds
// Plait.Benchmarks [--filter ...]                  times and bytes by BenchmarkDotNet, in minutes
return args switch
{
    ["allocations", "check", var file] => AllocationGate.Check(file),
    ["allocations", "renew", var file] => AllocationGate.Renew(file),
    ["allocations", ..] => Usage(),
    _ => Run(args),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Plait.Benchmarks allocations check|renew FILE");
    return 2;
}

static int Run(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(AllocationGate).Assembly).Run(args);
    return 0;
}
