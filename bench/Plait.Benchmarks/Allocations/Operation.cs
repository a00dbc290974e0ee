using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Plait.Benchmarks.Allocations;

/// <summary>One benchmark as the gate runs it: without BenchmarkDotNet, so without its minutes.</summary>
/// <param name="Name">Class and method.</param>
/// <param name="Run">Does it once.</param>
internal sealed record Operation(string Name, Action Run)
{
    // Enough for every cache and pool to be filled; and for a single stray allocation not to count.
    private const int WarmUp = 200;
    private const int Iterations = 1000;
    private const int Batches = 3;

    /// <summary>Every benchmark of this program, by name.</summary>
    internal static IReadOnlyList<Operation> All { get; } =
    [
        .. from type in typeof(Operation).Assembly.GetTypes()
           let instance = new Lazy<object>(() => Activator.CreateInstance(type)!)
           from method in type.GetMethods()
           where method.GetCustomAttribute<BenchmarkAttribute>() is not null
           orderby type.Name, method.Name
           select new Operation($"{type.Name}.{method.Name}", Bind(method, instance.Value)),
    ];

    /// <summary>Bytes that one run allocates on its thread, once warm: the least of some batches, rounded down.</summary>
    internal long AllocatedBytes()
    {
        Repeat(WarmUp);
        long least = long.MaxValue;
        for (int batch = 0; batch < Batches; batch++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Repeat(Iterations);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least / Iterations;
    }

    private void Repeat(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Run();
        }
    }

    /// <summary>A call without boxing: a result that is a value must not count as an allocation.</summary>
    private static Action Bind(MethodInfo method, object instance)
    {
        if (method.ReturnType == typeof(void))
        {
            return method.CreateDelegate<Action>(instance);
        }

        MethodInfo bind = typeof(Operation).GetMethod(nameof(BindResult), BindingFlags.NonPublic | BindingFlags.Static)!;
        return (Action)bind.MakeGenericMethod(method.ReturnType).Invoke(null, [method, instance])!;
    }

    private static Action BindResult<T>(MethodInfo method, object instance)
    {
        Func<T> call = method.CreateDelegate<Func<T>>(instance);
        return () => call();
    }
}
