using Plait.Throughput.Contenders;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Sections;

/// <summary>From exec to the last CMETHOD line: Plait with a chain of two, and the child alone, in turn.</summary>
internal sealed class StartSection(Scale scale, Action<string> progress)
{
    internal async Task<StartRow> RunAsync(string obfs4proxy, string plaitrc, string folder)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, "plaitrc");
        await File.WriteAllTextAsync(file, plaitrc);
        var plait = new List<double>();
        var alone = new List<double>();
        for (int number = -1; number < scale.Starts; number++)
        {
            progress($"{number + 1} of {scale.Starts}");
            double withPlait = await TimeAsync(() => ManagedProgram.StartClientAsync(
                Programs.Plait, ["-f", file], Path.Combine(folder, "state"), MeasuredChains.TwoHops));
            double child = await TimeAsync(() => ManagedProgram.StartClientAsync(
                obfs4proxy, [], Path.Combine(folder, "child"), "obfs3", "obfs4"));
            if (number >= 0) // the first fills the page cache
            {
                plait.Add(withPlait);
                alone.Add(child);
            }
        }

        return new(plait.Median(), alone.Median(), plait.Zip(alone, (one, other) => one - other).Median());
    }

    private static async Task<double> TimeAsync(Func<Task<ManagedProgram>> start)
    {
        await using ManagedProgram program = await start();
        return program.StartTime.TotalMilliseconds;
    }
}
