using System.Net.Sockets;
using Plait.Throughput.Contenders;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Sections;

/// <summary>Memory of a client and a bridge whose transports are all inside Plait, with ten connections that have moved bytes.</summary>
internal sealed class InsideResidentSection(Scale scale, Action<string> progress)
{
    internal const int Connections = 10;

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(0.5);

    internal async Task<IReadOnlyList<ResidentRow>> RunAsync(string chain, string folder)
    {
        var readings = new Dictionary<string, List<(long Resident, long Proportional, int Threads)>>();
        for (int number = 0; number < scale.Starts; number++)
        {
            progress($"{chain}, {number + 1} of {scale.Starts}");
            await using PlaitChain started = await InsideChains.StartAsync(chain, folder);
            Socket[] open = [.. Enumerable.Range(0, Connections).Select(_ => started.Open())];
            Array.ForEach(open, socket => BlockingSockets.Ask(socket, Sink.Hold));
            await Task.Delay(s_rest);
            Keep(ResidentRow.ClientOfTen, started.ClientIds[0]);
            Keep(ResidentRow.BridgeOfTen, started.BridgeIds[0]);
            Array.ForEach(open, socket => socket.Dispose());
        }

        return [.. readings.Select(entry => new ResidentRow(
            InsideChains.Inside(chain),
            entry.Key,
            entry.Value.Select(reading => reading.Resident / 1048576.0).Median(),
            entry.Value.Select(reading => reading.Proportional / 1048576.0).Median(),
            entry.Value.Select(reading => (double)reading.Threads).Median()))];

        void Keep(string process, int pid)
        {
            if (!readings.TryGetValue(process, out List<(long Resident, long Proportional, int Threads)>? kept))
            {
                readings.Add(process, kept = []);
            }

            kept.Add((ProcessFacts.ResidentBytes(pid), ProcessFacts.ProportionalBytes(pid), ProcessFacts.Threads(pid)));
        }
    }
}
