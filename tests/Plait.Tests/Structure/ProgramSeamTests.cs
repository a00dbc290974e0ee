using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Plait.Hosting;
using Xunit;

namespace Plait.Tests.Structure;

/// <summary>The program uses the public surface of the library, and beside it only internals that are marked as its seam.</summary>
public class ProgramSeamTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Assembly s_library = typeof(ClientHost).Assembly;

    [Fact]
    public void Program_InternalsOfTheLibrary_AreItsSeam()
    {
        IEnumerable<string> types = s_library.GetTypes().Where(IsMarked).Select(type => type.FullName!);
        IEnumerable<string> members = s_library.GetTypes().SelectMany(type => type.GetMembers(All).Where(member => member is not Type && IsMarked(member)))
            .Select(member => $"{member.DeclaringType!.FullName}.{member.Name}");

        HashSet<string> used = InternalsOfTheProgram();
        HashSet<string> marked = [.. types, .. members];
        Assert.True(marked.SetEquals(used), $"""
            [ProgramSeam] marks what the program uses.
            Used and not marked: {string.Join(", ", used.Except(marked).Order())}
            Marked and not used: {string.Join(", ", marked.Except(used).Order())}
            """);
    }

    private static bool IsMarked(MemberInfo member) => member.GetCustomAttribute<ProgramSeamAttribute>(inherit: false) is not null;

    /// <summary>The internal types of the library that the program references, and the internal members of its public ones.</summary>
    private static HashSet<string> InternalsOfTheProgram()
    {
        using var file = new PEReader(File.OpenRead(Assembly.Load("Plait.Cli").Location));
        MetadataReader metadata = file.GetMetadataReader();
        IEnumerable<string> types = metadata.TypeReferences.Select(handle => TypeOf(metadata, handle))
            .Where(type => type is { IsVisible: false, IsNestedPublic: false }).Select(type => type!.FullName!);
        IEnumerable<string> members =
            from handle in metadata.MemberReferences
            let member = metadata.GetMemberReference(handle)
            where member.Parent.Kind == HandleKind.TypeReference
            let type = TypeOf(metadata, (TypeReferenceHandle)member.Parent)
            where type is { IsVisible: true }
            let name = metadata.GetString(member.Name)
            let candidates = type.GetMember(name, All)
            where candidates.Length > 0 && candidates.All(candidate => candidate is MethodBase { IsPublic: false } or FieldInfo { IsPublic: false })
            select $"{type.FullName}.{(candidates[0] is MethodInfo { IsSpecialName: true } accessor && name.Contains('_') ? PropertyOf(type, accessor) : name)}";
        return [.. types, .. members];
    }

    private static string PropertyOf(Type type, MethodInfo accessor) =>
        type.GetProperties(All).First(property => property.GetAccessors(nonPublic: true).Contains(accessor)).Name;

    /// <summary>The library's type; null for one of another assembly.</summary>
    private static Type? TypeOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        System.Reflection.Metadata.TypeReference reference = metadata.GetTypeReference(handle);
        string name = metadata.GetString(reference.Name);
        return reference.ResolutionScope.Kind switch
        {
            HandleKind.TypeReference => TypeOf(metadata, (TypeReferenceHandle)reference.ResolutionScope)?.GetNestedType(name, All),
            HandleKind.AssemblyReference when metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name)
                == s_library.GetName().Name => s_library.GetType($"{metadata.GetString(reference.Namespace)}.{name}", throwOnError: true),
            _ => null,
        };
    }
}
