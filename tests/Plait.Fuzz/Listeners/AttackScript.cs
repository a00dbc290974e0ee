using System.Text;
using Plait.Fuzz.Engine;

namespace Plait.Fuzz.Listeners;

/// <summary>One thing that an attacker does.</summary>
/// <param name="Word">One of <see cref="AttackScript.Words"/>.</param>
/// <param name="Bytes">For <c>send</c>: the bytes.</param>
/// <param name="Token">For <c>token</c>: which.</param>
internal readonly record struct AttackStep(string Word, byte[] Bytes, string Token);

/// <summary>
/// What an attacker does to a listener, a line a step:
/// <code>
/// send HEX     writes bytes, in a piece of their own
/// token NAME   writes what only the running target knows: a password, a proof
/// await        waits until what has to be answered has been answered
/// finish       says that no more will be written
/// reset        ends with a reset
/// close        closes, whatever is unread
/// open         makes another connection; what follows happens there, the others stay open
/// </code>
/// Other lines mean nothing.
/// </summary>
internal static class AttackScript
{
    internal const string Send = "send";
    internal const string Token = "token";
    internal const string Await = "await";
    internal const string Finish = "finish";
    internal const string Reset = "reset";
    internal const string Close = "close";
    internal const string Open = "open";

    internal const int MostSteps = 24;

    private const int MostBytes = 2048; // of one step

    internal static IReadOnlyList<string> Words { get; } = [Send, Token, Await, Finish, Reset, Close, Open];

    internal static List<AttackStep> Parse(byte[] script)
    {
        List<AttackStep> steps = [];
        foreach (string line in Encoding.Latin1.GetString(script).Split('\n'))
        {
            string[] words = line.Split(' ', 2);
            if (!Words.Contains(words[0]) || steps.Count == MostSteps)
            {
                continue;
            }

            string rest = words.ElementAtOrDefault(1) ?? "";
            steps.Add(new(words[0], words[0] == Send ? Hex(rest) : [], words[0] == Token ? rest : ""));
        }

        return steps;
    }

    internal static byte[] Format(IEnumerable<AttackStep> steps)
    {
        var text = new StringBuilder();
        foreach (AttackStep step in steps)
        {
            string rest = step.Word == Send ? Convert.ToHexStringLower(step.Bytes) : step.Token;
            text.Append(step.Word).Append(rest.Length > 0 ? " " : "").Append(rest).Append('\n');
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>Changes a few steps: leaves out, repeats, cuts in two, mixes with another script, changes bytes.</summary>
    /// <param name="script">The script.</param>
    /// <param name="other">Another one.</param>
    /// <param name="tokens">Names of tokens there are.</param>
    /// <param name="mutator">Changes bytes.</param>
    internal static byte[] Mutate(byte[] script, byte[] other, IReadOnlyList<string> tokens, Mutator mutator)
    {
        Random random = mutator.Random;
        List<AttackStep> steps = Parse(script);
        for (int changes = 1 + random.Next(4); changes > 0; changes--)
        {
            int at = random.Next(steps.Count + 1);
            bool some = at < steps.Count;
            switch (random.Next(8))
            {
                case 0 when some:
                    steps.RemoveAt(at);
                    break;
                case 1 when some:
                    steps.Insert(random.Next(steps.Count + 1), steps[at]);
                    break;
                case 2 when some && steps[at].Bytes.Length > 1:
                    Cut(steps, at, random);
                    break;
                case 3:
                    steps.RemoveRange(at, steps.Count - at);
                    steps.AddRange(Parse(other).Skip(random.Next(MostSteps)));
                    break;
                case 4:
                    steps.Insert(at, NewStep(tokens, mutator));
                    break;
                case 5 when some:
                    steps[at] = NewStep(tokens, mutator);
                    break;
                default:
                    ChangeBytes(steps, mutator);
                    break;
            }
        }

        return Format(steps.Take(MostSteps));
    }

    private static AttackStep NewStep(IReadOnlyList<string> tokens, Mutator mutator)
    {
        string word = Words[mutator.Random.Next(Words.Count)];
        return word switch
        {
            Token when tokens.Count > 0 => new(Token, [], tokens[mutator.Random.Next(tokens.Count)]),
            Token or Send => new(Send, Limited(mutator.Mutate([], [])), ""),
            _ => new(word, [], ""),
        };
    }

    private static void Cut(List<AttackStep> steps, int at, Random random)
    {
        byte[] bytes = steps[at].Bytes;
        int cut = random.Next(1, bytes.Length);
        steps[at] = steps[at] with { Bytes = bytes[..cut] };
        steps.Insert(at + 1, steps[at] with { Bytes = bytes[cut..] });
    }

    private static void ChangeBytes(List<AttackStep> steps, Mutator mutator)
    {
        int[] sends = [.. Enumerable.Range(0, steps.Count).Where(index => steps[index].Word == Send)];
        if (sends.Length > 0)
        {
            int at = sends[mutator.Random.Next(sends.Length)];
            byte[] other = steps[sends[mutator.Random.Next(sends.Length)]].Bytes;
            steps[at] = steps[at] with { Bytes = Limited(mutator.Mutate(steps[at].Bytes, other)) };
        }
    }

    private static byte[] Limited(byte[] bytes) => bytes.Length <= MostBytes ? bytes : bytes[..MostBytes];

    private static byte[] Hex(string text)
    {
        string digits = string.Concat(text.Where(char.IsAsciiHexDigit));
        return Convert.FromHexString(digits.AsSpan(0, Math.Min(digits.Length / 2, MostBytes) * 2));
    }
}
