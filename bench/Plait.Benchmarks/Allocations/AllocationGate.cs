namespace Plait.Benchmarks.Allocations;

/// <summary>Compares what operations allocate with what the committed file allows.</summary>
internal static class AllocationGate
{
    private const string HowToRenew = "If that is meant: eng/renew-allocations, and commit the file with the reason.";

    /// <summary>Measures everything; says what allocates more than allowed, or has no figure, or is gone.</summary>
    /// <returns>0 if nothing does.</returns>
    internal static int Check(string path)
    {
        IReadOnlyDictionary<string, long> allowed = AllocationFile.Read(path);
        var complaints = new List<string>();
        foreach (Operation operation in Operation.All)
        {
            long bytes = operation.AllocatedBytes();
            if (!allowed.TryGetValue(operation.Name, out long most))
            {
                complaints.Add($"{operation.Name} has no figure; it allocates {bytes} bytes");
            }
            else if (bytes > most)
            {
                complaints.Add($"{operation.Name} allocates {bytes} bytes, allowed are {most}");
            }
        }

        complaints.AddRange(allowed.Keys.Except(Operation.All.Select(operation => operation.Name))
            .Select(name => $"{name} has a figure and is no benchmark any more"));
        foreach (string complaint in complaints)
        {
            Console.WriteLine(complaint);
        }

        Console.WriteLine(complaints.Count == 0 ? $"{Operation.All.Count} operations allocate no more than allowed" : HowToRenew);
        return complaints.Count == 0 ? 0 : 1;
    }

    /// <summary>Measures everything and writes the file anew.</summary>
    internal static int Renew(string path)
    {
        AllocationFile.Write(path, Operation.All.Select(operation => (operation.Name, operation.AllocatedBytes())));
        return 0;
    }
}
