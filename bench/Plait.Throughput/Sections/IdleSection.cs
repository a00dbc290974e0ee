using System.Net.Sockets;
using Plait.Throughput.Contenders;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Sections;

/// <summary>
/// Memory and descriptors of connections that are open and idle. Where a two-hop connection needs six descriptors, two
/// Plaits share the connections: 4,000 would need more than the 20,000 that a process has on many systems.
/// </summary>
internal sealed class IdleSection(Scale scale, Action<string> progress)
{
    private const int AtATime = 16;
    private const int WarmUp = 200;

    // Long enough for what the openings left to be given back; nothing else happens in it.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(2);

    /// <summary>Measures a chain.</summary>
    /// <param name="chain">Two hops.</param>
    /// <param name="clients">The name of its clients in the table.</param>
    /// <param name="bridges">The name of its bridges there.</param>
    internal IReadOnlyList<IdleRow> Run(PlaitChain chain, string clients, string bridges)
    {
        OpenMany(chain, WarmUp).ForEach(socket => socket.Dispose());
        chain.Sink.Release();
        Thread.Sleep(s_rest);
        Dictionary<int, Reading> before = Read(chain);
        List<Socket> open = OpenMany(chain, scale.Idle);
        try
        {
            Thread.Sleep(s_rest);
            Dictionary<int, Reading> after = Read(chain);
            return
            [
                Row(clients, scale.Idle, chain.ClientIds),
                Row(bridges, scale.Idle, chain.BridgeIds),
            ];

            IdleRow Row(string process, int connections, IReadOnlyList<int> pids) => new(
                process, connections,
                pids.Sum(pid => after[pid].Resident - before[pid].Resident) / 1024.0 / connections,
                pids.Sum(pid => after[pid].Descriptors - before[pid].Descriptors) / (double)connections);
        }
        finally
        {
            open.ForEach(socket => socket.Dispose());
            chain.Sink.Release();
        }
    }

    private static Dictionary<int, Reading> Read(PlaitChain chain) => chain.BridgeIds.Concat(chain.ClientIds)
        .ToDictionary(pid => pid, pid => new Reading(ProcessFacts.ResidentBytes(pid), ProcessFacts.Descriptors(pid)));

    private List<Socket> OpenMany(PlaitChain chain, int count)
    {
        var open = new List<Socket>(count);
        int next = 0;
        Thread[] threads = [.. Enumerable.Range(0, AtATime).Select(_ => new Thread(Work))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return open.Count == count ? open : throw new IOException($"Only {open.Count} of {count} connections opened.");

        void Work()
        {
            for (int number; (number = Interlocked.Increment(ref next)) <= count;)
            {
                if (number % 200 == 0)
                {
                    progress($"{number} of {count}");
                }

                try
                {
                    Socket socket = chain.Open();
                    lock (open)
                    {
                        open.Add(socket);
                    }

                    BlockingSockets.Ask(socket, Sink.Hold);
                }
                catch (Exception e) when (e is SocketException or IOException)
                {
                    return; // said by the count
                }
            }
        }
    }

    private readonly record struct Reading(long Resident, int Descriptors);
}
