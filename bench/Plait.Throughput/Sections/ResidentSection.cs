using System.Net.Sockets;
using Plait.Throughput.Contenders;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Sections;

/// <summary>
/// Memory and threads of each form of Plait with a chain of two: of the client after its start, and of both sides after
/// their first connection, which stays open. Each start is a new client and a new bridge; the forms take turns.
/// </summary>
internal sealed class ResidentSection(Scale scale, Action<string> progress)
{
    // Work that a start or an opening leaves to other threads ends within it: 5 s after a start the figures were the same.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(0.5);

    internal async Task<IReadOnlyList<ResidentRow>> RunAsync(IReadOnlyList<Form> forms, string plaitrc, string folder)
    {
        var readings = new Dictionary<(string Form, string Process), List<Reading>>();
        for (int number = 0; number < scale.Starts; number++)
        {
            progress($"{number + 1} of {scale.Starts}");
            foreach (Form form in forms)
            {
                await using PlaitChain chain = await PlaitChain.StartAsync(
                    MeasuredChains.TwoHops, MeasuredChains.TwoHops, plaitrc, Path.Combine(folder, form.Name), form.Program);
                await Task.Delay(s_rest);
                Keep(form, ResidentRow.StartedClient, chain.ClientIds[0]);
                using Socket open = chain.Open();
                BlockingSockets.Ask(open, Sink.Hold);
                await Task.Delay(s_rest);
                Keep(form, ResidentRow.UsedClient, chain.ClientIds[0]);
                Keep(form, ResidentRow.UsedBridge, chain.BridgeIds[0]);
            }
        }

        return [.. readings.Select(entry => new ResidentRow(
            entry.Key.Form,
            entry.Key.Process,
            entry.Value.Select(reading => reading.Resident / Mebibyte).Median(),
            entry.Value.Select(reading => reading.Proportional / Mebibyte).Median(),
            entry.Value.Select(reading => (double)reading.Threads).Median()))];

        void Keep(Form form, string process, int pid)
        {
            if (!readings.TryGetValue((form.Name, process), out List<Reading>? kept))
            {
                readings.Add((form.Name, process), kept = []);
            }

            kept.Add(new(ProcessFacts.ResidentBytes(pid), ProcessFacts.ProportionalBytes(pid), ProcessFacts.Threads(pid)));
        }
    }

    /// <summary>The size of each form's program file.</summary>
    internal static IReadOnlyList<SizeRow> Sizes(IReadOnlyList<Form> forms) =>
        [.. forms.Select(form => new SizeRow(form.Name, new FileInfo(form.Program).Length / 1e6))];

    private const double Mebibyte = 1 << 20;

    private readonly record struct Reading(long Resident, long Proportional, int Threads);
}
