using Plait.Throughput.Contenders;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Sections;

/// <summary>From exec to the last CMETHOD line: each form of Plait with a chain of two, and the child alone, in turn.</summary>
internal sealed class StartSection(Scale scale, Action<string> progress)
{
    private const string Child = "obfs4proxy alone";

    internal async Task<IReadOnlyList<StartRow>> RunAsync(
        IReadOnlyList<Form> forms, string obfs4proxy, string plaitrc, string folder)
    {
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, "plaitrc");
        await File.WriteAllTextAsync(file, plaitrc);
        Dictionary<string, List<double>> times = forms.ToDictionary(form => form.Name, _ => new List<double>());
        var alone = new List<double>();
        for (int number = -1; number < scale.Starts; number++)
        {
            progress($"{number + 1} of {scale.Starts}");
            foreach (Form form in forms)
            {
                Keep(times[form.Name], await TimeAsync(() => ManagedProgram.StartClientAsync(
                    form.Program, ["-f", file], Path.Combine(folder, "state"), MeasuredChains.TwoHops)));
            }

            Keep(alone, await TimeAsync(() => ManagedProgram.StartClientAsync(
                obfs4proxy, [], Path.Combine(folder, "child"), "obfs3", "obfs4")));

            void Keep(List<double> kept, double time)
            {
                if (number >= 0) // the first start fills the page cache
                {
                    kept.Add(time);
                }
            }
        }

        return
        [
            .. forms.Select(form => new StartRow(
                form.Name, times[form.Name].Median(), times[form.Name].Zip(alone, (one, other) => one - other).Median())),
            new(Child, alone.Median(), null),
        ];
    }

    private static async Task<double> TimeAsync(Func<Task<ManagedProgram>> start)
    {
        await using ManagedProgram program = await start();
        return program.StartTime.TotalMilliseconds;
    }
}
