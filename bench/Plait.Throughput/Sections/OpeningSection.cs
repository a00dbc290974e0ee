using System.Diagnostics;
using System.Net.Sockets;
using Plait.Throughput.Contenders;
using Plait.Throughput.Load;
using Plait.Throughput.Measuring;
using Plait.Throughput.Report;

namespace Plait.Throughput.Sections;

/// <summary>
/// Time to open: from connecting to the SOCKS port until the far end has sent one byte back, one opening at a time, each
/// chain once a round.
/// </summary>
/// <remarks>
/// The rounds have orders of chance: what an opening leaves is cleared up while the next one begins, and a large chain must
/// not burden always the same other one.
/// </remarks>
internal sealed class OpeningSection(Scale scale, Action<string> progress)
{
    private const int WarmUp = 30;

    /// <summary>Measures the chains.</summary>
    /// <param name="chains">In the order of the table.</param>
    /// <param name="against">The name of what each is compared with; null for none.</param>
    internal IReadOnlyList<OpeningRow> Run(IReadOnlyList<Contender> chains, Func<Contender, string?> against)
    {
        Dictionary<string, List<double>> times = chains.ToDictionary(chain => chain.Name, _ => new List<double>());
        Dictionary<string, int> lost = chains.ToDictionary(chain => chain.Name, _ => 0);
        Contender[] round = [.. chains];
        for (int number = -WarmUp; number < scale.Openings; number++)
        {
            if (number % 50 == 0)
            {
                progress($"{number} of {scale.Openings}");
            }

            Random.Shared.Shuffle(round);
            foreach (Contender chain in round)
            {
                double? time = OpenOnce(chain);
                if (number < 0)
                {
                    continue;
                }

                if (time is { } milliseconds)
                {
                    times[chain.Name].Add(milliseconds);
                }
                else
                {
                    lost[chain.Name]++;
                }
            }
        }

        return [.. chains.Select(chain => Summarize(chain.Name, against(chain)))];

        OpeningRow Summarize(string name, string? reference)
        {
            List<double> own = times[name];
            double median = own.Median();
            double late = own.Percentile(0.99);
            return new(
                name, own.Count, lost[name], median, late, reference,
                reference is null ? null : median - times[reference].Median(),
                reference is null ? null : late - times[reference].Percentile(0.99));
        }
    }

    private static double? OpenOnce(Contender chain)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            using Socket socket = chain.Open();
            BlockingSockets.Ask(socket, Sink.Count);
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }
}
